/**
 * Functions for the build script of a component: `import { … } from 'sandpiper/toolkit'`.
 *
 * @module
 */
import { reportFailures } from './build-failure.ts';

export { BuildFailure } from './build-failure.ts';
export { buildRust } from './build-rust.ts';
export {
  compileAssemblyScript,
  type AssemblyScriptOptions,
  type Binaryen,
  type Compiler,
} from './compile-assemblyscript.ts';
export { componentizePython, type PythonOptions } from './componentize-python.ts';
export { generateBindings } from './generate-bindings.ts';
export { generateTypes } from './generate-types.ts';
export { COMPONENT_FILE, installComponent } from './install-component.ts';
export { type Distribution, type Remedy } from './distribution.ts';
export { readScript } from './read-script.ts';
export { runTool, type ToolOptions } from './run-tool.ts';
export { toComponent, type ComponentOptions, type World } from './to-component.ts';
export { readWit } from './wit-text.ts';

reportFailures();
