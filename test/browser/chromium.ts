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

/** @returns a browser's path, or the reason why there is none */
export function findChromium(): { path: string } | { reason: string } {
  const path = [process.env.CHROMIUM ?? '', ...PLACES].find((place) => existsSync(place));
  if (path) return { path };
  return { reason: 'there is no Chromium, and only root can install Debian’s; or set CHROMIUM to a path' };
}

/** Installs Debian's where there is none and that can be done. Not for several processes at once: apt-get is for one. */
export function installChromium(): void {
  if ('path' in findChromium() || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.error('Installing Debian’s Chromium ...');
  const aptGet = (...words: string[]) =>
    execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  try {
    aptGet('update');
    aptGet('install', '--yes', 'chromium');
  } catch (error) {
    // What needs it is skipped then, and says so.
    console.error(`Chromium could not be installed: ${(error as Error).message}`);
  }
}
