import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../tools/mutants/fault';
import { FAULTS, suitesOf } from '../../tools/mutants/faults';
import { ROOT, textWith } from '../../tools/mutants/run';
import { drawOf, sampleOf } from '../../tools/mutants/sample';

const fault = (changes: Partial<Fault> = {}): Fault => ({
  id: 'group/name',
  file: 'some.ts',
  find: 'a < b',
  put: 'a <= b',
  breaks: 'It is one too many.',
  ...changes,
});

describe('a fault', () => {
  it('is one replacement, word for word', () => {
    const put = "a.replace('$&', '$1')";
    expect(textWith(fault({ put }), 'if (a < b) c();')).toBe(`if (${put}) c();`);
  });

  it.each<[string, string, Partial<Fault>, string]>([
    ['is not there', 'if (a > b) c();', {}, 'group/name: its search text is 0 times in some.ts'],
    ['is there twice', 'if (a < b) c(a < b);', {}, 'group/name: its search text is 2 times in some.ts'],
    ['is replaced by itself', 'if (a < b) c();', { put: 'a < b' }, 'group/name: it changes nothing'],
    ['makes no program', 'if (a < b) c();', { put: '(' }, 'group/name: with it, some.ts cannot be read'],
  ])('whose search text %s is an error that names it', (_, text, changes, message) => {
    expect(() => textWith(fault(changes), text)).toThrow(message);
  });
});

describe('the list of faults', () => {
  it('has at least 80, each with a name of its own and a sentence', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(80);
    expect(new Set(FAULTS.map(({ id }) => id)).size).toBe(FAULTS.length);
    expect(FAULTS.filter(({ breaks }) => !/^[A-Z‘“].*\.$/.test(breaks))).toEqual([]);
  });

  it('fits the sources as they are now', () => {
    const stale = FAULTS.flatMap((one) => {
      try {
        textWith(one, readFileSync(join(ROOT, one.file), 'utf8'));
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    });
    expect(stale).toEqual([]);
  });

  it('has suites for each that are there', () => {
    for (const suite of new Set(FAULTS.flatMap(({ file }) => suitesOf(file).suites))) {
      const paths = [suite, `${suite}.test.ts`, `${suite}.ts`].map((path) => join(ROOT, path));
      expect([suite, paths.some((path) => existsSync(path))]).toEqual([suite, true]);
    }
    expect(() => suitesOf('docs/client.md')).toThrow('No suites are named for docs/client.md');
  });
});

describe('a sample', () => {
  const all = Array.from({ length: 100 }, (_, index) => index);

  it('is the same for the same seed, in the list’s order, and another for another', () => {
    const sample = sampleOf(all, 0.1, 7);
    expect(sample).toHaveLength(10);
    expect(sample).toEqual([...new Set(sample)].sort((a, b) => a - b));
    expect(sampleOf(all, 0.1, 7)).toEqual(sample);
    expect(sampleOf(all, 0.1, 8)).not.toEqual(sample);
  });

  it('is all, one at least, or none', () => {
    expect([sampleOf(all, 1, 7), sampleOf(all, 5, 7)]).toEqual([all, all]);
    expect([sampleOf(all, 0.001, 7).length, sampleOf(all, 0, 7), sampleOf([], 1, 7)]).toEqual([1, [], []]);
  });

  it('has as many as were asked for, if there are as many', () => {
    const many = Array.from({ length: 187 }, (_, index) => index);
    expect([1, 3, 10, 187, 500].map((count) => drawOf(many, count, 7).length)).toEqual([1, 3, 10, 187, 187]);
    expect(drawOf(many, 0, 7)).toEqual([]);
  });

  it('comes to everything in the end', () => {
    const seen = new Set(Array.from({ length: 200 }, (_, seed) => sampleOf(all, 0.1, seed)).flat());
    expect(seen.size).toBe(100);
  });
});
