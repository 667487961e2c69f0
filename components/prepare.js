// Builds the components after `npm ci`. Where the development packages are left out there is no compiler, and
// who installs so brings built components: that is no reason to fail.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

function hasCompiler() {
  try {
    import.meta.resolve('assemblyscript');
    return true;
  } catch {
    return false;
  }
}

if (hasCompiler()) {
  const build = fileURLToPath(new URL('build.ts', import.meta.url));
  const { status } = spawnSync(process.execPath, [build], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  process.stdout.write('Components are not built: their compiler is not installed.\n');
}
