/**
 * Takes out of an installation what this machine never loads.
 *
 *     node deploy/package/trim.js                  after `npm ci --omit=dev`, or after `npm install` of a package
 *     node deploy/package/trim.js --installation   while npm installs a package
 *
 * ONNX Runtime's package brings its libraries for all platforms, and a script that fetches libraries for GPUs from a
 * host that is no package registry; without that host the whole installation fails. So the package takes both out
 * before npm gets to that script, except where the program that installs it asks for ONNX Runtime or for those
 * libraries by itself.
 *
 * binaryen comes because jco-transpile has an optimiser, which is never called here. It goes only when it is asked for,
 * and stays where a compiler is installed that may share it. So do sources and tests that packages bring along, and what
 * only compilers and debuggers read.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

if (!process.argv.includes('--installation')) {
  removeOtherPlatforms();
  removeUnloaded();
  if (folderOf('assemblyscript') === undefined) emptyBinaryen();
} else if (basename(dirname(root)) === 'node_modules' && !isWantedByOthers()) {
  removeOtherPlatforms();
  removeScript();
}

function removeOtherPlatforms() {
  const libraries = join(folderOf('onnxruntime-node') ?? '', 'bin', 'napi-v6');
  for (const platform of foldersIn(libraries)) {
    for (const architecture of foldersIn(join(libraries, platform))) {
      if (platform === process.platform && architecture === process.arch) continue;
      rmSync(join(libraries, platform, architecture), { recursive: true });
    }
  }
}

function removeUnloaded() {
  for (const [name = '', folder = ''] of [
    ['zod', 'src'],
    ['bintrees', 'test'],
  ]) {
    const home = folderOf(name);
    if (home !== undefined) rmSync(join(home, folder), { recursive: true, force: true });
  }
  const telemetry = scopeOf('@opentelemetry/api');
  if (telemetry === undefined) return;
  for (const file of readdirSync(telemetry, { recursive: true }).map(String)) {
    if (/\.map$|\.d\.[cm]?ts$/.test(file)) rmSync(join(telemetry, file));
  }
}

/** npm knows already that it will run it. */
function removeScript() {
  const folder = folderOf('onnxruntime-node');
  if (folder === undefined) return;
  writeFileSync(
    join(folder, 'script', 'install.js'),
    '// Libraries for GPUs, which Sandpiper never loads, are left out.\n',
  );
}

/** Its package.json stays, so that npm finds no package missing, and its licence. */
function emptyBinaryen() {
  const folder = folderOf('binaryen');
  if (folder === undefined) return;
  for (const name of ['bin', 'index.js', 'index.d.ts'])
    rmSync(join(folder, name), { recursive: true, force: true });
}

function isWantedByOthers() {
  const { env } = process;
  if (env.ONNXRUNTIME_NODE_INSTALL || env.npm_config_onnxruntime_node_install) return true;
  try {
    const path = join(env.npm_config_local_prefix ?? env.INIT_CWD ?? '', 'package.json');
    return readFileSync(path, 'utf8').includes('"onnxruntime-node"');
  } catch {
    return false;
  }
}

/** @param {string} name */
function folderOf(name) {
  try {
    return dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/**
 * The folder of all packages of a scope. Of some of them package.json cannot be asked for.
 *
 * @param {string} name of one of them
 */
function scopeOf(name) {
  const [scope = ''] = name.split('/');
  try {
    const file = createRequire(join(root, 'package.json')).resolve(name);
    return file.slice(0, file.lastIndexOf(`${sep}${scope}${sep}`) + 1 + scope.length);
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function foldersIn(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
