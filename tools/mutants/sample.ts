/**
 * A random share of a list, in the list's order; the same for the same seed. At least one, unless the share is 0.
 * @param share from 0 to 1; more is all
 */
export function sampleOf<T>(all: readonly T[], share: number, seed: number): T[] {
  const count = Math.min(all.length, Math.ceil(all.length * share));
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
