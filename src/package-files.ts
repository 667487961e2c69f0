/**
 * Where the files of this package are: the TypeScript sources when running from a checkout, compiled
 * JavaScript under dist/ when running from an installed package.
 */
const FROM_SOURCE = import.meta.url.endsWith('.ts');

const ROOT = new URL(FROM_SOURCE ? '..' : '../..', import.meta.url);

/** URL of a thread's entry module, relative to the file that starts it. */
export function threadEntry(callerUrl: string, path: `./${string}.ts`): URL {
  return new URL(FROM_SOURCE ? path : path.replace(/\.ts$/, '.js'), callerUrl);
}

/** URL of a file or folder of the package, by its path from the root. */
export function packageFile(path: string): URL {
  return new URL(path, ROOT);
}
