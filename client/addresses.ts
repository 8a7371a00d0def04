/** What a browser resolves a relative address against; Node.js has none of it. */
interface Page {
  readonly document?: { readonly baseURI?: string };
  readonly location?: { readonly href?: string };
}

/**
 * The API's address as requests are made from it, with a slash at its end.
 * @param baseUrl absolute, or relative to the page in a browser
 * @throws a TypeError that names the address, if it is none or has a query
 */
export function baseUrlOf(baseUrl: string): string {
  const { document, location } = globalThis as Page;
  const url = parse(baseUrl, document?.baseURI ?? location?.href);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new TypeError(
      `baseUrl must be the address of the API's stage, such as https://api.example.com/prod/, without a query. It is ${JSON.stringify(baseUrl)}.`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/*$/, '/')}`;
}

function parse(address: string, base: string | undefined): URL | undefined {
  try {
    return new URL(address, base);
  } catch {
    return undefined;
  }
}

/**
 * An id as one segment of a path.
 * @throws a TypeError for an id that would change the path: an empty one, and the two that mean folders
 */
export function segmentOf(id: string, name: string): string {
  if (/^\.{0,2}$/.test(id)) throw new TypeError(`${name} must be an id. It is ${JSON.stringify(id)}.`);
  return encodeURIComponent(id);
}
