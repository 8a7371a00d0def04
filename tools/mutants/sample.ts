/**
 * A random share of a list, in the list's order; the same for the same seed. At least one, unless the share is 0.
 * @param share from 0 to 1; more is all
 */
export const sampleOf = <T>(all: readonly T[], share: number, seed: number): T[] =>
  drawOf(all, Math.ceil(all.length * share), seed);

/** That many of a list at random, in the list's order; the same for the same seed. All, if there are no more. */
export function drawOf<T>(all: readonly T[], count: number, seed: number): T[] {
  const random = randomFrom(seed);
  const drawn = all.map((one, index) => ({ one, index, at: random() })).sort((a, b) => a.at - b.at);
  return drawn
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ one }) => one);
}

/** Mulberry32, a generator of numbers from 0 to 1 that are good enough to choose by. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
