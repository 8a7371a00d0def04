import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { Problem } from '../command/problem';
import { CACHING, consoleHeaders } from '../console/headers';

/** A folder of files, served as they are. */
export interface StaticFiles {
  /** @returns false when there is no such file: nothing was answered then */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/**
 * Reads a folder once. A path is looked up among what was found in it, so none leads out of it.
 * @param made files that are not in the folder, by their path
 */
export function staticFiles(folder: string, made: Readonly<Record<string, string>> = {}): StaticFiles {
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    if (!TYPES[extname(file)]) throw new Problem(`The local run does not serve files like ${file}.`);
    files.set(`/${relative(folder, file).split(sep).join('/')}`, readFileSync(file));
  }
  for (const [path, text] of Object.entries(made)) files.set(path, Buffer.from(text));

  return {
    serve(request, response) {
      const [address = '/'] = (request.url ?? '/').split('?');
      const path = address === '/' ? '/index.html' : address;
      const body = files.get(path);
      if (!body || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
      response.writeHead(200, {
        // The API has the same origin here, and so has what signs people in.
        ...consoleHeaders([]),
        'content-type': TYPES[extname(path)],
        'content-length': body.length,
        'cache-control': path.startsWith('/assets/') ? CACHING.assets : CACHING.pages,
      });
      response.end(request.method === 'HEAD' ? undefined : body);
      return true;
    },
  };
}
