// `npm start`: the service as it was built. What `npm ci --ignore-scripts` left out is done first, and not by scripts
// of npm's before `start`: it runs none where its configuration says `ignore-scripts`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildMissing } from './build.js';
import { pinnedNode } from './pinned-node.js';

const isOld = Number(process.versions.node.split('.')[0]) < 24;
const node = pinnedNode();

if (!isOld) {
  buildMissing();
  await import('../../dist/src/cli/sandpiper.js');
} else if (node === process.execPath) {
  await import('../../src/cli/sandpiper.js'); // says what is missing
} else {
  // The next time npm finds the newer one by itself.
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGINT', () => undefined); // a terminal sends it to both
  child.on('exit', (code) => (process.exitCode = code ?? 1));
}
