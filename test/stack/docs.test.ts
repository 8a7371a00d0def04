import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
/** Relative to the project. */
const pages = [
  ...readdirSync(ROOT),
  join('accept', 'assumptions.md'),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'));
const read = (file: string) => readFileSync(file, 'utf8');
/** Files and folders of the project, as the pages name them. */
const PATH = /`((?:lib|lambda|local|cli|bench|client|test|docs|examples)\/[\w./-]+)`/g;
/** A heading's anchor, as the usual renderers make it. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  );

describe.each(pages)('%s', (page) => {
  const text = read(join(ROOT, page));

  it('links to what there is', () => {
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path, anchor] = target.split('#');
      const file = path ? join(ROOT, dirname(page), path) : join(ROOT, page);
      expect([target, existsSync(file)]).toEqual([target, true]);
      if (anchor) expect(anchors(read(file))).toContain(anchor);
    }
  });

  it('has code blocks that begin and end on lines of their own', () => {
    const fences = text.split('\n').filter((line) => line.includes('```'));
    expect(fences.filter((line) => !/^```\w*$/.test(line))).toEqual([]);
    expect(fences.length % 2).toBe(0);
  });

  it('names commands and files that there are', () => {
    const { scripts } = JSON.parse(read(join(ROOT, 'package.json')));
    for (const [, script = ''] of text.matchAll(/npm run (?:-s )?([\w:-]+)/g))
      expect(Object.keys(scripts)).toContain(script);
    for (const [, path = ''] of text.matchAll(PATH)) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    }
  });
});
