const MOST_TYPING_ERRORS = 2;

/** @returns whether a word may be a misspelling of another: it differs in case, order or very few characters */
export function isMisspelling(typed: string, expected: string): boolean {
  const [from, to] = [typed.toLowerCase(), expected.toLowerCase()];
  const inOrder = (word: string) => [...word].sort().join('');
  // In a short word, two errors make another word.
  const most = Math.min(MOST_TYPING_ERRORS, Math.floor(to.length / 3));
  return inOrder(from) === inOrder(to) || typingErrors(from, to) <= most;
}

/** @returns ` (did you mean "…"?)`, or nothing: what follows an unknown word in a sentence */
export function didYouMean(typed: string, known: readonly string[]): string {
  const meant = known.find((word) => isMisspelling(typed, word));
  return meant === undefined ? '' : ` (did you mean ${JSON.stringify(meant)}?)`;
}

/** The characters to insert, remove or replace to get from one word to the other. */
function typingErrors(from: string, to: string): number {
  let before = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, character] of [...from].entries()) {
    const now = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (before[column] ?? 0) + (character === other ? 0 : 1);
      now.push(Math.min(replaced, (before[column + 1] ?? 0) + 1, (now[column] ?? 0) + 1));
    }
    before = now;
  }
  return before[to.length] ?? 0;
}
