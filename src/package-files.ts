/**
 * Where a thread's entry file is: the TypeScript source when running from source, the compiled file beside
 * the caller when running from a published package.
 */
export function threadEntry(callerUrl: string, path: `./${string}.ts`): URL {
  return new URL(callerUrl.endsWith('.ts') ? path : path.replace(/\.ts$/, '.js'), callerUrl);
}
