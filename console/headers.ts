/** How long a browser keeps a file: the names of built assets change with what is in them. */
export const CACHING = { assets: 'max-age=31536000, immutable', pages: 'no-cache' } as const;

/** What the page never asks a browser for. */
const DENIED = [
  'camera',
  'display-capture',
  'geolocation',
  'microphone',
  'payment',
  'publickey-credentials-get',
  'usb',
];

/**
 * What every file of the console is served with, deployed and on a developer's machine: scripts and styles of its own
 * and nothing inline, in nobody's frame.
 * @param connectTo the origins besides its own that the page asks: the API's, the user pool's
 */
export function consoleHeaders(connectTo: readonly string[]) {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      // No code may make a policy, either: nothing here turns text into markup or script.
      "trusted-types 'none'",
      `connect-src ${["'self'", ...connectTo].join(' ')}`,
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': DENIED.map((feature) => `${feature}=()`).join(', '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  } as const;
}
