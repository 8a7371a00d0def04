import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What stood in a line of a terminal, and from when to when, in seconds; to the end where there is no `to`. */
export interface Shown {
  readonly line: number;
  readonly text: string;
  readonly from: number;
  readonly to?: number;
}

/** What our commands send to a terminal besides text: back to the line's beginning, on to the next, line erased. */
const ERASE = '\x1b[2K';
const CONTROLS = /(\r\n|[\r\n\f])/;
const PAUSE_SECONDS = 0.4;
const TAIL = /\n\nScript done on [^\n]*\n?$/;

/**
 * Runs a command in a terminal of 100 columns, by util-linux's `script`.
 * @returns what was to be seen, as it came; the time before the first of it is cut
 */
export async function record(command: string, env: NodeJS.ProcessEnv): Promise<Shown[]> {
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-terminal-'));
  const [output, timing] = [join(folder, 'output'), join(folder, 'timing')];
  try {
    const flags = ['--quiet', '--return', '--log-out', output, '--log-timing', timing];
    await promisify(execFile)('script', [...flags, '--command', `stty cols 100; ${command}`], { env });
    const [, ...rest] = readFileSync(output).toString('latin1').split('\n');
    const bytes = Buffer.from(rest.join('\n').replace(TAIL, '\n'), 'latin1');
    return watch(bytes, readFileSync(timing, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param timing a line for each piece of the output: the seconds since the one before, and its bytes */
function watch(output: Buffer, timing: string): Shown[] {
  const shown: Shown[] = [];
  const screen: string[] = [''];
  const since: number[] = [];
  let [line, column, now, offset] = [0, 0, 0, 0];
  const pieces = timing
    .trim()
    .split('\n')
    .map((one) => one.split(' ').map(Number));
  for (const [index, [seconds = 0, length = 0]] of pieces.entries()) {
    const before = [...screen];
    now = index === 0 ? PAUSE_SECONDS : now + seconds;
    const piece = output
      .subarray(offset, offset + length)
      .toString()
      .replaceAll(ERASE, '\f');
    for (const part of piece.split(CONTROLS)) write(part);
    offset += length;
    for (const [at, text] of screen.entries()) {
      if (text === before[at]) continue;
      if (before[at]) shown.push({ line: at, text: before[at], from: since[at] ?? 0, to: now });
      since[at] = now;
    }
  }
  return [...shown, ...screen.map((text, at) => ({ line: at, text, from: since[at] ?? 0 }))].filter(({ text }) => text);

  function write(part: string): void {
    if (part.includes('\r')) column = 0;
    if (part.includes('\n')) {
      line += 1;
      screen[line] ??= '';
    } else if (part === '\f') screen[line] = '';
    else if (part !== '\r') {
      if (part.includes('\x1b')) throw new Error(`The picture of a terminal knows no ${JSON.stringify(part)}.`);
      const text = screen[line] ?? '';
      screen[line] = text.slice(0, column).padEnd(column) + part + text.slice(column + part.length);
      column += part.length;
    }
  }
}

const [CHARACTER, LINE, MARGIN] = [8.4, 20, 20];

/**
 * Draws a terminal. It plays once where pictures are animated; where they are not, or people want none of that, it is
 * the end that is to be seen.
 */
export function drawTerminal(title: string, prompt: string, shown: readonly Shown[]): string {
  const lines = Math.max(...shown.map(({ line }) => line)) + 2;
  const [width, height] = [80 * CHARACTER + 2 * MARGIN, lines * LINE + 2 * MARGIN];
  const rows = shown.map(({ line, text, from, to }) =>
    row(line + 1, text, to === undefined ? `no ${from.toFixed(2)}s` : transient(from, to), to !== undefined),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
rect{fill:#f6f8fa;stroke:#d1d9e0}text{fill:#1f2328;font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}.prompt{fill:#0969da}.gone{opacity:0}
@keyframes no{from,to{opacity:0}}@keyframes yes{from,to{opacity:1}}
@media (prefers-color-scheme:dark){rect{fill:#151b23;stroke:#3d444d}text{fill:#f0f6fc}.prompt{fill:#4493f8}}
@media (prefers-reduced-motion:no-preference){text{animation:var(--shown)}}
</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${row(0, `$ ${prompt}`).replace('<text ', '<text class="prompt" ')}
${rows.join('\n')}
</svg>
`;
}

const transient = (from: number, to: number) => `yes ${(to - from).toFixed(2)}s ${from.toFixed(2)}s`;

function row(line: number, text: string, animation?: string, gone = false): string {
  const words = text.trim();
  const x = MARGIN + (text.length - text.trimStart().length) * CHARACTER;
  // However wide the font's characters are, columns stand below each other.
  const place = `x="${x.toFixed(1)}" y="${MARGIN + line * LINE + 14}" textLength="${(words.length * CHARACTER).toFixed(1)}"`;
  return `<text ${place}${gone ? ' class="gone"' : ''}${animation ? ` style="--shown:${animation}"` : ''}>${escaped(words).replaceAll(' ', '&#160;')}</text>`;
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
