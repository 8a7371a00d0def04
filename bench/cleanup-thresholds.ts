import type { Measurements, Run } from './cleanup-measure';
import { atLeast, type Threshold } from './report';
import { figureOf, short, spread } from './statistics';

/** Sessions examined for each second of CPU. */
export const rateOf = (run: Run): number => run.result.totalSessions / (run.cpuMs / 1_000);

/** All thresholds of the cleanup. Ratios are of medians. */
export function cleanupThresholds({ model, memory, rate, throttled, sizes }: Measurements): Threshold[] {
  const sweep = model.get('sweep');
  const ratio = (of: (run: Run) => number) => figureOf(model.get('baseline'), of).median / figureOf(sweep, of).median;
  const instead = (of: (run: Run) => number, unit: string) =>
    `: ${spread(sweep, of)}${unit} instead of ${spread(model.get('baseline'), of)}${unit}`;
  const readsOff = figureOf(sweep, ({ readUnits = 0, scannedBytes = 0 }) => readUnits / (scannedBytes / 8_192) - 1);
  const unitsADeletion = (run: Run) => (run.writeUnits ?? 0) / run.result.deletedSessions;
  const perDeletion = figureOf(sweep, unitsADeletion);
  const partUsed = (run: Run) => (run.writeUnits ?? 0) / (run.wallMs / 1_000) / (sizes.writeUnitsPerSecond / 100);
  const peaks = memory.map(({ runs }) => figureOf(runs, (run) => run.peakMb).median);
  const growth = Math.max(...peaks) / Math.min(...peaks) - 1;
  const examined = figureOf(rate.examining, rateOf).median;
  const gains: readonly (readonly [measure: string, least: number, of: (run: Run) => number, unit: string])[] = [
    ['times less time than the baseline (aim: 40×)', 20, (run) => run.wallMs / 1_000, ' s'],
    ['times less CPU of the client', 6.5, (run) => run.cpuMs / 1_000, ' s'],
    ['times fewer requests', 24, (run) => run.requests, ''],
  ];

  return [
    ...gains.map(([measure, least, of, unit]) => atLeast(measure, least, ratio(of), '×', instead(of, unit))),
    {
      measure: 'read units, compared with bytes / 8,192',
      threshold: 'within 1 %',
      value: `${short(readsOff.median * 100)} % more`,
      met: Math.max(Math.abs(readsOff.least), Math.abs(readsOff.most)) <= 0.01,
    },
    {
      measure: 'write units for each deletion',
      threshold: 'exactly 2',
      value: spread(sweep, unitsADeletion),
      met: perDeletion.least === 2 && perDeletion.most === 2,
    },
    {
      measure: `peak memory at ${memory.map(({ sessions }) => short(sessions)).join(', ')} sessions`,
      threshold: 'within 15 % of each other, < 150 MB',
      value: `${peaks.map((peak) => Math.round(peak)).join(', ')} MB: ${Math.round(growth * 100)} % apart`,
      met: growth <= 0.15 && Math.max(...peaks) < 150,
    },
    atLeast('sessions examined per second of CPU, 10 % of them over', 1_200_000, examined),
    {
      measure: `part of the limit that was used, at ${short(sizes.writeUnitsPerSecond)} write units per second`,
      threshold: '≥ 90 %, no error, nothing left',
      value: `${spread(throttled, partUsed)} %, no error, nothing left`,
      met: figureOf(throttled, partUsed).median >= 90,
    },
  ];
}
