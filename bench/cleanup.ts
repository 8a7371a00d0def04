import { measureCleanup, type Sizes } from './cleanup-measure';
import { cleanupSection, picture } from './cleanup-report';
import { runBench } from './command';
import { bundle } from './processes';

const CHART = 'cleanup-performance.svg';

const FULL = {
  main: 50_000,
  dynalite: 10_000,
  memory: [50_000, 200_000, 1_000_000],
  rate: 1_000_000,
  writeUnitsPerSecond: 4_000,
};
const QUICK = { ...FULL, main: 5_000, dynalite: 1_000, memory: [5_000, 20_000], rate: 50_000 };

runBench({
  name: 'bench:cleanup',
  measures: 'the sweep and the baseline cleanup in turns (about a quarter of an hour)',
  rounds: { full: 5, quick: 1 },
  async run({ quick, rounds, folder }) {
    await bundle(folder, ['cleanup-process']);
    const sizes: Sizes = { ...(quick ? QUICK : FULL), rounds };
    const measured = await measureCleanup(folder, sizes);
    return { section: cleanupSection(measured, CHART), picture: { file: CHART, svg: picture(measured) } };
  },
});
