import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Marked } from 'marked';
import { defineConfig } from 'vite';

const HERE = import.meta.dirname;

/** Headings have the ids that GitHub gives them. Links to other pages of docs, which are not here, are text. */
const markdown = new Marked({
  renderer: {
    heading({ tokens, depth, text }) {
      const id = text
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-');
      return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      return href.startsWith('#') ? `<a href="${href}">${text}</a>` : text;
    },
  },
});

/** Puts docs/runbook.md into its page, so that what failed can link to what to do, wherever the console is. */
const runbook = {
  name: 'runbook',
  transformIndexHtml: (html) =>
    html.replace('<!-- docs/runbook.md -->', () =>
      markdown.parse(readFileSync(join(HERE, '..', 'docs', 'runbook.md'), 'utf8')),
    ),
};

export default defineConfig({
  root: HERE,
  logLevel: 'warn',
  plugins: [runbook],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    rollupOptions: { input: ['index.html', 'runbook.html'].map((page) => join(HERE, page)) },
    // The content security policy allows files of our own, and nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
