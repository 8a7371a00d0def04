import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Debian's Chromium, without what it would otherwise send to its maker's hosts. */
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Finds a browser, and installs Debian's where there is none and that can be done.
 * @returns its path, or the reason why there is none
 */
export function findChromium(): { path: string } | { reason: string } {
  const path = installed() ?? (mayInstall() ? install() : undefined);
  if (path) return { path };
  return { reason: 'there is no Chromium, and only root can install Debian’s; or set CHROMIUM to a path' };
}

const installed = (): string | undefined => [process.env.CHROMIUM ?? '', ...PLACES].find((path) => existsSync(path));

const mayInstall = (): boolean => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

function install(): string | undefined {
  // Another worker may be at it: the second waits, and then finds it done.
  const aptGet = (...words: string[]) =>
    execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...words], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  try {
    aptGet('update');
    aptGet('install', '--yes', 'chromium');
  } catch {
    return undefined;
  }
  return installed();
}
