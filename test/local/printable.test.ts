import { printError } from '../../command/printable';
import { localDeadLetters } from '../../local/dead-letters';
import { runProgram } from '../support/command';
import { program } from '../support/program';

const HIDDEN = '\u001b[2J\u009b31m\u202e\u2066\u200f';
/** Anything that moves the cursor, or changes the order of what is read; lines are fine. */
const MOVES = /[^\P{Cc}\n]|\p{Bidi_Control}/u;

describe('A terminal', () => {
  test('gets no control or bidirectional character from a command that was called with some', async () => {
    const { code, stderr } = await runProgram(process.execPath, [await program('tools/cost.ts'), `x${HIDDEN}`]);

    expect(code).toBe(2);
    expect(stderr).toContain('x\\u{1b}[2J\\u{9b}31m\\u{202e}\\u{2066}\\u{200f}');
    expect(stderr).not.toMatch(MOVES);
  });

  test('gets none of them from an event that failed, either', () => {
    const shown: string[] = [];
    const letter = { of: 'function', name: 'events', error: `A "${HIDDEN}" is no event.`, message: {} } as const;

    localDeadLetters((line) => shown.push(line)).put(undefined, letter);

    expect(shown).toEqual([expect.stringContaining('A "\\u{1b}[2J')]);
    expect(shown.join()).not.toMatch(MOVES);
  });

  test('gets an unexpected error whole, on its lines, and none of that either', () => {
    const shown = jest.spyOn(console, 'error').mockImplementation(() => undefined);

    printError(new Error(`It broke: ${HIDDEN}`, { cause: new Error('because') }));

    const [[text]] = shown.mock.calls as [[string]];
    shown.mockRestore();
    expect(text).toContain('It broke: \\u{1b}');
    expect(text).toContain('because');
    expect(text.split('\n').length).toBeGreaterThan(2);
    expect(text).not.toMatch(MOVES);
  });
});
