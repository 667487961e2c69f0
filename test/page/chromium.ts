/** Chromium as the machine has it, or as Debian does. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian's packages, and where others put it. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where there is none, and that is nobody's fault. */
export class NoChromium extends Error {}

/**
 * The path of Chromium: `CHROMIUM`, one that is there, or the one that this installs.
 *
 * @throws NoChromium with the reason
 */
export async function findChromium(): Promise<string> {
  const named = process.env['CHROMIUM'];
  if (named !== undefined) return named;
  const found = PLACES.find((path) => existsSync(path));
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0) throw new NoChromium('there is no Chromium, and only root may install one');
  process.stdout.write('installing Chromium from Debian: 300 MB on disk\n');
  try {
    await run('apt-get', ['update', '-q']);
    await run(
      'apt-get',
      ['install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
      {
        maxBuffer: 2 ** 26,
      },
    );
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new NoChromium(`Chromium cannot be installed: ${stderr.trim().split('\n').at(-1) || message}`);
  }
  return '/usr/bin/chromium';
}
