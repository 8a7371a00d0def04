/** A figure over several runs. */
export interface Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @param of a run's value; runs without one make the figure NaN */
export function figureOf<Run>(runs: readonly Run[] = [], of: (run: Run) => number | undefined): Figure {
  const sorted = runs.map((run) => of(run) ?? Number.NaN).sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(half)) + at(Math.ceil(half))) / 2,
    least: at(0),
    most: at(sorted.length - 1),
  };
}

/** Three significant digits, with separators between thousands. */
export function short(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 1e-9))));
  return value.toLocaleString('en', { maximumFractionDigits: Math.min(digits, 3) });
}

/** `median (least–most)`, or the one value that all runs had. */
export function spread<Run>(runs: readonly Run[] | undefined, of: (run: Run) => number | undefined): string {
  const { median, least, most } = figureOf(runs, of);
  return least === most ? short(median) : `${short(median)} (${short(least)}–${short(most)})`;
}
