import { runTool } from './run-tool.ts';

/** The release that the examples are written against: the names that it gives to types differ from one to another. */
const VERSION = '0.63.0';

/**
 * Bindings of a world for languages without a generator of their own: C's headers and Go's packages, written by wit-bindgen
 * from the folder `wit`. They are the outcome of a build, and belong into no repository.
 *
 * @throws BuildFailure when wit-bindgen cannot be found, or fails
 */
export function generateBindings(
  language: 'c' | 'go',
  { world, flags = [] }: { world: string; flags?: readonly string[] },
): void {
  runTool('wit-bindgen', [language, 'wit', '--world', world, '--out-dir', 'bindings', ...flags], {
    install: `\`cargo install wit-bindgen-cli@${VERSION}\`, or put the one for this system from github.com/bytecodealliance/wit-bindgen/releases/tag/v${VERSION} into the PATH`,
  });
}
