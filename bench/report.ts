import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { short } from './statistics';

/** The document that holds every measurement. */
export const PERFORMANCE = join(__dirname, '..', 'docs', 'performance.md');

/** A limit that a measured value must keep. */
export interface Threshold {
  readonly measure: string;
  readonly threshold: string;
  readonly value: string;
  readonly met: boolean;
}

/** A section of the document. All texts are Markdown. */
export interface Section {
  readonly title: string;
  /** What a reader can decide from it. It comes first. */
  readonly decide: string;
  readonly thresholds: readonly Threshold[];
  /** The npm script that measured it. */
  readonly command: string;
  /** How it was measured, after the day, the command and the machine. */
  readonly how: string;
  /** The paragraphs, headings and tables that follow. */
  readonly details: readonly string[];
}

export const atLeast = (measure: string, threshold: number, value: number, unit = '', note = ''): Threshold => ({
  measure,
  threshold: `≥ ${short(threshold)}${unit}`,
  value: `${short(value)}${unit}${note}`,
  met: value >= threshold,
});

/** @param value NaN if it could not be measured, which meets no threshold */
export const atMost = (measure: string, threshold: number, value: number, note = ''): Threshold => ({
  measure,
  threshold: `≤ ${short(threshold)}`,
  value: Number.isNaN(value) ? 'not measured' : `${short(value)}${note}`,
  met: value <= threshold,
});

export const table = (head: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [row(head), `|${head.map(() => '---|').join('')}`, ...rows.map(row)].join('\n');

const row = (cells: readonly unknown[]): string => `| ${cells.join(' | ')} |`;

export function markdown({ title, decide, thresholds, command, how, details }: Section): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = short(loadavg()[2] ?? 0);
  const machine = `Node.js ${process.version}, ${cpus().length} × ${cpu?.model.trim()}, ${memory} GB, load average ${load}`;
  const kept = thresholds.map((one) => [one.measure, one.threshold, one.value, one.met ? 'met' : '**missed**']);
  return [
    `## ${title}`,
    decide,
    table(['measure', 'threshold', 'measured', ''], kept),
    `Measured ${new Date().toISOString().slice(0, 10)} with \`npm run ${command}\` on ${machine}. ${how}`,
    ...details,
  ].join('\n\n');
}

/**
 * Replaces a section of the document; the rest stays.
 * @param name of the section's markers, such as "bench:cleanup"
 * @throws an error if the document lacks the markers
 */
export function withSection(document: string, name: string, section: string): string {
  const [begin, end] = [`<!-- ${name} begin -->`, `<!-- ${name} end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no markers for ${name}.`);
  return `${document.slice(0, from)}${begin}\n${section}\n${document.slice(to)}`;
}

export const writeSection = (name: string, section: string): void =>
  writeFileSync(PERFORMANCE, withSection(readFileSync(PERFORMANCE, 'utf8'), name, section));
