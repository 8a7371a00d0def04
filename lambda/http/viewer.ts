import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Connection } from '../domain/caller';

/** A CloudFront distribution in front of the API, which proves by a secret header that a request came through it. */
export interface TrustedOrigin {
  readonly header: string;
  /** Of each secret that is valid now, in hexadecimal. */
  readonly sha256: readonly string[];
}

const LONGEST_CITY = 100;

/**
 * What CloudFront says of the viewer: the address, and where that is. Without the distribution's secret, a client may
 * have written these headers.
 * @returns undefined if the request does not prove that it came through the trusted origin
 */
export function viewerOf(
  header: (name: string) => string | undefined,
  trusted: TrustedOrigin | undefined,
): Partial<Connection> | undefined {
  const secret = trusted && header(trusted.header.toLowerCase());
  if (trusted === undefined || secret === undefined || !trusted.sha256.some((digest) => isSecretOf(digest, secret)))
    return undefined;
  const ipAddress = withoutPort(header('cloudfront-viewer-address'));
  const country = header('cloudfront-viewer-country');
  // By characters: half of a surrogate pair is no text that a table can keep.
  const city = Array.from(decoded(header('cloudfront-viewer-city')) ?? '')
    .slice(0, LONGEST_CITY)
    .join('');
  return {
    ...(ipAddress && { ipAddress }),
    ...(country && /^[A-Z]{2}$/.test(country) && { location: { country, ...(city && { city }) } }),
  };
}

function isSecretOf(digest: string, secret: string): boolean {
  const expected = Buffer.from(digest, 'hex');
  const found = createHash('sha256').update(secret).digest();
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** CloudFront writes the port after the last colon, and no brackets around an IPv6 address. */
function withoutPort(text = ''): string | undefined {
  const address = /^(.+):\d+$/.exec(text)?.[1];
  return address && isIP(address) ? address : undefined;
}

/** CloudFront percent-encodes what is not ASCII. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
