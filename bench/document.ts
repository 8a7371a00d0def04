import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the measurements are written down. */
export const PERFORMANCE = join(__dirname, '..', 'docs', 'performance.md');

/**
 * Writes a section of a document; what else is in the file stays.
 * @param name names the section's markers, such as "bench:cleanup"
 */
export function writeSection(name: string, section: string, file = PERFORMANCE): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, withSection(read(file), name, section));
}

/** Puts a section between its markers, which are added at the end where they are missing. */
export function withSection(document: string, name: string, section: string): string {
  const [begin, end] = [`<!-- ${name} begin -->`, `<!-- ${name} end -->`];
  const marked = `${begin}\n${section}\n${end}`;
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) return `${document.trimEnd()}\n\n${marked}\n`;
  return document.slice(0, from) + marked + document.slice(to + end.length);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '# Performance\n';
  }
}
