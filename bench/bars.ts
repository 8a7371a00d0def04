import { figure, type Measurements, type Run } from './measure';
import { short, spread } from './statistics';

/** A bar of the specification, and whether it was cleared. */
export interface Bar {
  readonly measure: string;
  readonly bar: string;
  readonly value: string;
  readonly met: boolean;
}

/** Sessions examined for each second of CPU. */
export const rateOf = (run: Run): number => run.result.totalSessions / (run.cpuMs / 1_000);

const unitsOff = ({ readUnits = 0, scannedBytes = 0 }: Run): number => readUnits / (scannedBytes / 8_192) - 1;

/** All bars, in the specification's order. Ratios are of medians. */
export function barsOf({ model, memory, rate, throttled, sizes }: Measurements): Bar[] {
  const [sweep = [], incumbent = []] = [model.get('sweep'), model.get('incumbent')];
  const ratio = (of: (run: Run) => number) => figure(incumbent, of).median / figure(sweep, of).median;
  const atLeast = (measure: string, bar: number, value: number, unit: string): Bar => ({
    measure,
    bar: `≥ ${short(bar)}${unit}`,
    value: `${short(value)}${unit}`,
    met: value >= bar,
  });
  const off = figure(sweep, unitsOff);
  const perDeletion = figure(sweep, (run) => (run.writeUnits ?? 0) / run.result.deletedSessions);
  const used = figure(throttled, (run) => (run.writeUnits ?? 0) / (run.wallMs / 1_000) / sizes.writeUnitsPerSecond);

  return [
    atLeast(
      'wall, against the incumbent without pauses (aim: 40×)',
      20,
      ratio((run) => run.wallMs),
      '×',
    ),
    atLeast(
      'client CPU, against the same',
      6.5,
      ratio((run) => run.cpuMs),
      '×',
    ),
    atLeast(
      'requests, against the same',
      24,
      ratio((run) => run.requests),
      '×',
    ),
    {
      measure: 'read units, against bytes / 8,192',
      bar: 'within 1 %',
      value: `${short(off.median * 100)} % more`,
      met: Math.max(Math.abs(off.least), Math.abs(off.most)) <= 0.01,
    },
    {
      measure: 'write units a deletion',
      bar: 'exactly 2',
      value: spread(perDeletion),
      met: perDeletion.least === 2 && perDeletion.most === 2,
    },
    memoryBar(memory),
    atLeast('sessions examined per CPU-second, 10 % over', 1_200_000, figure(rate.examining, rateOf).median, ''),
    {
      measure: `throttled at ${short(sizes.writeUnitsPerSecond)} write units/s: part of the limit that was used`,
      bar: '≥ 90 %, no error, nothing left',
      value: `${short(used.median * 100)} % (${short(used.least * 100)}–${short(used.most * 100)}), no error, nothing left`,
      met: used.median >= 0.9,
    },
  ];
}

function memoryBar(memory: Measurements['memory']): Bar {
  const peaks = memory.map((each) => figure(each.runs, (run) => run.peakMb).median);
  const growth = Math.max(...peaks) / Math.min(...peaks) - 1;
  const sizes = memory.map(({ sessions }) => sessions.toLocaleString('en')).join(', ');
  return {
    measure: `peak memory at ${sizes} sessions`,
    bar: 'flat within 15 %, < 150 MB',
    value: `${peaks.map((peak) => Math.round(peak)).join(', ')} MB: ${Math.round(growth * 100)} % apart`,
    met: growth <= 0.15 && Math.max(...peaks) < 150,
  };
}
