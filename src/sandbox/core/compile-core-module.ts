/** From a core module's file to a command that can be run: the same caps and the same refusals as for components. */
import { createHash } from 'node:crypto';
import type { ServiceLimits } from '../../config/limits.ts';
import { messageOf } from '../../errors.ts';
import type { TensorNumbering } from '../../nn/witx/tensor-type.ts';
import { capMemory, OverCap, type MemoryCaps } from '../cap-memory.ts';
import { refused } from '../compile-component.ts';
import type { CompiledCoreModule } from '../guest-protocol.ts';
import { CORE_FUNCTIONS } from './core-functions.ts';

export interface CompileCoreOptions {
  /** For messages. */
  name: string;
  limits: Pick<ServiceLimits, 'componentBytes'>;
  caps: MemoryCaps;
  numbering: TensorNumbering | undefined;
}

/** @throws SandpiperError `invalid-component` */
export async function compileCoreModule(
  bytes: Uint8Array,
  { name, limits, caps, numbering }: CompileCoreOptions,
): Promise<CompiledCoreModule> {
  if (bytes.byteLength > limits.componentBytes) {
    throw refused(
      name,
      `it has ${bytes.byteLength} bytes and componentBytes allows ${limits.componentBytes}`,
    );
  }
  const core = await compileCapped(bytes, caps).catch((error: unknown) => {
    const why = error instanceof OverCap ? error.message : `WebAssembly refuses it (${messageOf(error)})`;
    throw refused(name, why);
  });
  assertImports(core, name);
  const exported = WebAssembly.Module.exports(core);
  if (!exported.some((entry) => entry.name === '_start' && entry.kind === 'function')) {
    throw refused(name, 'it exports no _start, so it is no command; build it as one, not as a library');
  }
  return { digest: createHash('sha256').update(bytes).digest('hex'), core, numbering };
}

async function compileCapped(bytes: Uint8Array, caps: MemoryCaps): Promise<WebAssembly.Module> {
  const [capped] = capMemory([bytes], caps);
  return WebAssembly.compile(capped as Uint8Array<ArrayBuffer>);
}

function assertImports(core: WebAssembly.Module, name: string): void {
  for (const { module, name: field, kind } of WebAssembly.Module.imports(core)) {
    if (kind === 'function' && CORE_FUNCTIONS[module]?.has(field) === true) continue;
    const known = Object.keys(CORE_FUNCTIONS).join(', ');
    throw refused(
      name,
      `it imports the ${kind} ${module}.${field}; a core module may import functions of ${known}`,
    );
  }
}
