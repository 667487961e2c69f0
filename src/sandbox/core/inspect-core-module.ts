/** What a core module is, found out without running any of it. */
import { createHash } from 'node:crypto';
import { declaredSizes } from '../component/cap-memory.ts';
import type { ExplainedImport } from '../grants.ts';
import type { ComponentFacts } from '../component/inspect-component.ts';
import { CORE_FUNCTIONS } from './core-functions.ts';

/** @throws Error when its memories or tables are of an unknown form */
export function inspectCoreModule(bytes: Uint8Array, core: WebAssembly.Module): ComponentFacts {
  return {
    digest: createHash('sha256').update(bytes).digest('hex'),
    imports: WebAssembly.Module.imports(core).map(({ module, name }) => `${module}.${name}`),
    exports: WebAssembly.Module.exports(core).map(({ name }) => name),
    ...declaredSizes([bytes], [1]),
  };
}

/** Each import as `module.name`: functions that there are can be imported, and nothing else. */
export function explainCoreImports(core: WebAssembly.Module): ExplainedImport[] {
  const known = Object.keys(CORE_FUNCTIONS).join(', ');
  return WebAssembly.Module.imports(core).map(({ module, name, kind }) => {
    const granted = kind === 'function' && CORE_FUNCTIONS[module]?.has(name) === true;
    const remedy = granted ? undefined : `a core module may import functions of ${known}`;
    return { import: `${module}.${name}`, granted, key: undefined, remedy };
  });
}
