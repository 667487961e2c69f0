/**
 * Where the files of this package are: the TypeScript sources when running from a checkout, compiled
 * JavaScript under dist/ when running from an installed package.
 */
const FROM_SOURCE = import.meta.url.endsWith('.ts');

/** The root of the package, where package.json is. */
const ROOT = new URL(FROM_SOURCE ? '..' : '../..', import.meta.url);

/** The entry of a thread, beside the file that starts it. */
export function threadEntry(callerUrl: string, path: `./${string}.ts`): URL {
  return new URL(FROM_SOURCE ? path : path.replace(/\.ts$/, '.js'), callerUrl);
}

/** A file or folder that comes with the package, by its path from the root. */
export function packageFile(path: string): URL {
  return new URL(path, ROOT);
}
