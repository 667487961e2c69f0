// Builds what is not in the repository, after `npm ci`: the components, and JavaScript from TypeScript. Where the
// development packages are left out there are no compilers, and who installs so brings what was built: that is no
// reason to fail.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @param {string} compiler */
function has(compiler) {
  try {
    import.meta.resolve(compiler);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args, shell = false) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell });
  if (status !== 0) process.exit(status ?? 1);
}

if (has('assemblyscript') && has('typescript/package.json')) {
  run(process.execPath, [fileURLToPath(new URL('build.ts', import.meta.url))]);
  run('npm', ['run', '--silent', 'build'], process.platform === 'win32');
} else {
  process.stdout.write('Nothing is built: the compilers are not installed.\n');
}
