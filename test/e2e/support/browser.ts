import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** `CHROMIUM` names one that stands elsewhere; none is fetched. */
const PLACES = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const executablePath = PLACES.find((path) => path !== undefined && existsSync(path));

/** Why no browser can be asked here; `undefined` where one can. For `describe.skipIf`, and in its title. */
export const missing = executablePath === undefined ? 'Chromium is not installed' : undefined;
export const reason = missing === undefined ? '' : ` (skipped: ${missing})`;

/** A browser that talks to this machine alone, and to nobody on its own account. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    // Its own sandbox needs rights that containers and root lack; what it opens is ours.
    chromiumSandbox: false,
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
    ],
  });
