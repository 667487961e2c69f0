/**
 * Builds what is not in the repository: the components, and JavaScript from TypeScript.
 *
 *     node deploy/package/build.js             all of it
 *     node deploy/package/build.js --missing   only where something is not there, as after `npm ci --ignore-scripts`
 *
 * Plain JavaScript, because it may be run by a Node that knows nothing else.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { pinnedNode } from './pinned-node.js';

const BUILT = [...componentFiles(), 'dist/src/cli/sandpiper.js'];

export function buildMissing() {
  if (BUILT.every((path) => existsSync(inRepository(path)))) return;
  if (!hasCompilers())
    fail(`${BUILT.join(', ')} are not all there, and neither are the compilers: run \`npm ci\`.`);
  buildAll();
}

function buildAll() {
  node(inRepository('components/build.ts'));
  rmSync(inRepository('dist'), { recursive: true, force: true });
  node(inRepository('node_modules/typescript/bin/tsc'), '-p', inRepository('tsconfig.build.json'));
}

function hasCompilers() {
  try {
    return ['assemblyscript', 'typescript/package.json'].every((name) => import.meta.resolve(name) !== '');
  } catch {
    return false;
  }
}

/** Of each component that has its sources here; the SDK is none. */
function componentFiles() {
  return readdirSync(inRepository('components'))
    .filter((name) => name !== 'sdk' && existsSync(inRepository(`components/${name}/assembly`)))
    .map((name) => `components/build/${name}.wasm`);
}

/** @param {string} path */
function inRepository(path) {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** @param {string[]} args */
function node(...args) {
  const { status } = spawnSync(pinnedNode(), args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** @param {string} sentence */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  pinnedNode();
  if (process.argv.includes('--missing')) buildMissing();
  else if (hasCompilers()) buildAll();
  // `npm ci --omit=dev` comes by here as well: who installs so brings what was built elsewhere.
  else process.stdout.write('Nothing is built: the compilers are not installed.\n');
}
