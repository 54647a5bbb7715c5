import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** The machine's own Chromium: playwright-core brings none. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: onPath('chromium'),
    // Chromium's sandbox refuses to run as root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      // A container's /dev/shm is often too small for a page of 3,840 pixels.
      '--disable-dev-shm-usage',
      // Nothing but the page under test speaks to anybody.
      '--disable-background-networking',
      '--disable-component-update',
    ],
  });
}

function onPath(command: string): string {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  throw new Error(`${command} is not on the PATH: npm run setup:test`);
}
