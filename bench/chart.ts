/** One bar: its length, and the text beside it. */
export interface ChartBar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  /** Shown in the strong colour. */
  readonly ours?: boolean;
}

const WIDTH = 720;
const LABEL_WIDTH = 190;
const TEXT_WIDTH = 170;
const ROW = 26;
const TITLE = 34;

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #24292f }
    .title { font-weight: 600 }
    .ours { fill: #1a7f37 }
    .other { fill: #8c959f }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #3fb950 } .other { fill: #6e7681 } }`;

/** Groups of horizontal bars by title, each group with its own scale, as an SVG for light and dark pages. */
export function chart(groups: Readonly<Record<string, readonly ChartBar[]>>): string {
  let y = 0;
  const lines: string[] = [];
  for (const [title, bars] of Object.entries(groups)) {
    const longest = Math.max(...bars.map(({ value }) => value));
    lines.push(`<text class="title" x="0" y="${y + 22}">${escaped(title)}</text>`);
    y += TITLE;
    for (const { label, value, text, ours } of bars) {
      const width = Math.max(1, ((WIDTH - LABEL_WIDTH - TEXT_WIDTH) * value) / longest);
      lines.push(
        `<text x="0" y="${y + 14}">${escaped(label)}</text>`,
        `<rect class="${ours ? 'ours' : 'other'}" x="${LABEL_WIDTH}" y="${y + 1}" width="${width.toFixed(1)}" height="17" rx="3"/>`,
        `<text x="${(LABEL_WIDTH + width + 8).toFixed(1)}" y="${y + 14}">${escaped(text)}</text>`,
      );
      y += ROW;
    }
    y += 6;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="${escaped(Object.keys(groups).join('; '))}">`,
    `  <style>${STYLE}\n  </style>`,
    ...lines.map((line) => `  ${line}`),
    '</svg>\n',
  ].join('\n');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
