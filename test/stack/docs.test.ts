import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const DOCS = join(ROOT, 'docs');
const pages = readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
const read = (file: string) => readFileSync(file, 'utf8');
/** A heading's anchor, as the usual renderers make it. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  );

describe.each(pages)('docs/%s', (page) => {
  const text = read(join(DOCS, page));

  it('links to what there is', () => {
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path, anchor] = target.split('#');
      const file = path ? join(dirname(join(DOCS, page)), path) : join(DOCS, page);
      expect([target, existsSync(file)]).toEqual([target, true]);
      if (anchor) expect(anchors(read(file))).toContain(anchor);
    }
  });

  it('names commands and files that there are', () => {
    const { scripts } = JSON.parse(read(join(ROOT, 'package.json')));
    for (const [, script = ''] of text.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(script);
    for (const [, path = ''] of text.matchAll(/`((?:lib|lambda|local|cli|test|docs|examples)\/[\w./-]+)`/g)) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    }
  });
});
