/**
 * `npm run test:page`: the page in a real Chromium, which is installed where it can be. Arguments go to vitest;
 * `PICTURES=docs/pictures` writes the pictures of the README anew.
 */
import { spawn } from 'node:child_process';
import { findChromium, NoChromium } from './chromium.ts';

try {
  const chromium = await findChromium();
  const vitest = spawn('vitest', ['run', '--project', 'page', ...process.argv.slice(2)], {
    env: { ...process.env, CHROMIUM: chromium },
    stdio: 'inherit',
  });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    vitest.once('error', reject);
    vitest.once('close', (code) => resolve(code ?? 1));
  });
} catch (error) {
  if (!(error instanceof NoChromium)) throw error;
  console.log(`skipped: ${error.message}`);
}
