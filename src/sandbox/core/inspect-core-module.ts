/** Facts of a core module, found without running it. */
import { hash } from 'node:crypto';
import { declaredSizes } from '../component/cap-memory.ts';
import type { ExplainedImport } from '../assert-granted.ts';
import type { ComponentFacts } from '../component/inspect-component.ts';
import { CORE_FUNCTIONS } from './core-functions.ts';

/** @throws Error if its memories or tables have an unknown form */
export function inspectCoreModule(bytes: Uint8Array, core: WebAssembly.Module): ComponentFacts {
  return {
    digest: hash('sha256', bytes),
    imports: WebAssembly.Module.imports(core).map(({ module, name }) => `${module}.${name}`),
    exports: WebAssembly.Module.exports(core).map(({ name }) => name),
    ...declaredSizes([bytes], [1]),
  };
}

/** Explains each import, named `module.name`. Only known functions can be imported. */
export function explainCoreImports(core: WebAssembly.Module): ExplainedImport[] {
  const known = Object.keys(CORE_FUNCTIONS).join(', ');
  return WebAssembly.Module.imports(core).map(({ module, name, kind }) => {
    const granted = kind === 'function' && CORE_FUNCTIONS[module]?.has(name) === true;
    const remedy = granted ? undefined : `a core module may import functions of ${known}`;
    return { import: `${module}.${name}`, granted, key: undefined, remedy };
  });
}
