// The Node that deploy/package/node/package.json pins. npm links it for the scripts, but npm 10 takes the link away again,
// because the packages for other platforms, which it leaves out, have a command of the same name.
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const platform = process.platform === 'win32' ? 'win' : process.platform;
const command = process.platform === 'win32' ? 'bin\\node.exe' : 'bin/node';

/** Links it where npm did not; this very Node where the platform has none. */
export function pinnedNode() {
  const { optionalDependencies } = JSON.parse(
    readFileSync(inRepository('deploy/package/node/package.json'), 'utf8'),
  );
  const name = Object.keys(optionalDependencies).find((each) =>
    each.endsWith(`-${platform}-${process.arch}`),
  );
  const path = inRepository(`node_modules/${name}/${command}`);
  if (!existsSync(path)) return process.execPath;
  if (process.platform === 'win32') {
    const shim = inRepository('node_modules/.bin/node.cmd');
    if (!existsSync(shim)) writeFileSync(shim, `@"%~dp0..\\${name}\\${command}" %*\r\n`);
  } else {
    const link = inRepository('node_modules/.bin/node');
    if (!existsSync(link)) symlinkSync(`../${name}/${command}`, link);
  }
  return path;
}

/** @param {string} path */
function inRepository(path) {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
