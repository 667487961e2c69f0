/** Facts of a component, found without compiling or running it. */
import { declaredSizes, type DeclaredSize } from './cap-memory.ts';
import { translateComponentFile, type CompileOptions } from './compile-component.ts';
import { instancesOf } from './translated-component.ts';

export interface ComponentFacts {
  /** Hexadecimal SHA-256 of the component file. */
  digest: string;
  /** Interfaces that it imports, with versions. */
  imports: readonly string[];
  /** Interfaces and functions that it exports, with versions. */
  exports: readonly string[];
  /** Memories of one instance, in bytes. */
  memories: readonly DeclaredSize[];
  /** Tables of one instance, in elements. */
  tables: readonly DeclaredSize[];
}

/** @throws SandpiperError `invalid-component`; Error if its memories or tables have an unknown form */
export async function inspectComponent(
  bytes: Uint8Array,
  options: Omit<CompileOptions, 'caps'>,
): Promise<ComponentFacts> {
  const { digest, translated } = await translateComponentFile(bytes, options);
  const { modules, imports, exports } = translated;
  const sizes = declaredSizes(
    modules.map(([, module]) => module),
    instancesOf(translated),
  );
  return { digest, imports, exports, ...sizes };
}
