/** Makes instances of a compiled component, each with its own imports and crossing meter. */
import { compileFunction } from 'node:vm';
import { NnError } from '../../nn/nn-error.ts';
import { runToExit } from './run-to-exit.ts';
import { CrossingMeter } from './crossing-meter.ts';
import type { InstanceScope } from './instance-scope.ts';
import {
  MEMORY_IMPORT,
  type CompiledComponent,
  type CompiledModule,
  type GuestProgram,
} from '../guest-protocol.ts';
import type { RecycledMemories } from './recycled-memories.ts';
import { linkCapabilities } from '../../capabilities/link-capabilities.ts';

/** Functions of one exported interface. */
export type ExportedInterface = Record<string, (...args: readonly unknown[]) => unknown>;

export interface ComponentInstance {
  scope: InstanceScope;
  /** The interface whose functions are called. */
  target: ExportedInterface;
  /** Called when the instance is never called again. */
  release: () => void;
  /** Bytes that its memories have now; not known for a core module. */
  heldBytes?: () => number;
}

export interface LoadedProgram {
  program: GuestProgram;
  /** Makes an instance. Errors thrown by the component's start functions are its own fault. */
  instantiate: (scope: InstanceScope) => ComponentInstance;
}

type Glue = (
  getCoreModule: (name: string) => CompiledModule,
  imports: Record<string, unknown>,
  instantiateCore: (module: CompiledModule, imports?: WebAssembly.Imports) => WebAssembly.Instance,
) => Record<string, unknown>;

/** The interface that a command exports, of any release of WASI 0.2. */
export const COMMAND = /^wasi:cli\/run@0\.2\.\d+$/;

/** Evaluates the component's glue in this thread. */
export async function loadComponent(
  program: GuestProgram,
  component: CompiledComponent,
  memories: RecycledMemories,
): Promise<LoadedProgram> {
  const { limits, key } = program;
  // V8 caches compiled code by text and file name: without the load number, a component that is loaded again
  // (`name@version#2`) is not compiled again.
  const instantiate = evaluate(component.glue, `component:${key.replace(/#\d+$/, '')}`);
  const makeWasi = await linkCapabilities(component.imports);
  return {
    program,
    instantiate(scope) {
      const meter = new CrossingMeter(limits, (payload) => {
        if (payload instanceof NnError) scope.explain(payload.data());
      });
      const held = new Set<WebAssembly.Memory>();
      const heldBytes = () => [...held].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
      const releases: (() => void)[] = [];
      const release = () => releases.forEach((giveBack) => giveBack());
      const exports = instantiate(
        (name) => component.modules.get(name) as CompiledModule,
        { ...scope.imports(component.imports, makeWasi), $meter: meter },
        ({ module, memory: wanted }, imports = {}) => {
          if (wanted === undefined) {
            const instance = instantiateCore(module, imports, meter);
            for (const one of Object.values(instance.exports))
              if (one instanceof WebAssembly.Memory) held.add(one);
            return instance;
          }
          const memory = memories.take(module, wanted);
          held.add(memory);
          releases.push(() => memories.giveBack(module, memory, wanted));
          const beside = imports[MEMORY_IMPORT.module];
          const own = { [MEMORY_IMPORT.module]: { ...beside, [MEMORY_IMPORT.name]: memory } };
          return instantiateCore(module, { ...imports, ...own }, meter);
        },
      );
      const target = exports[program.target] as ExportedInterface;
      const { run } = target;
      if (!COMMAND.test(program.target) || run === undefined) return { scope, target, release, heldBytes };
      return { scope, target: { run: () => runToExit(run) }, release };
    },
  };
}

/**
 * The glue is a module without imports. Compiled as a function it is ready sooner than by `import()` of a data URL, and
 * it cannot call `import()` itself.
 */
function evaluate(glue: string, filename: string): Glue {
  const body = `'use strict'; ${glue.replaceAll(/^export /gm, '')}\nreturn instantiate;`;
  return (compileFunction(body, [], { filename }) as () => Glue)();
}

/** A core instance whose exported functions notify the meter when they return, before their results are lifted. */
function instantiateCore(
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
  meter: CrossingMeter,
): WebAssembly.Instance {
  const { exports } = new WebAssembly.Instance(module, imports);
  const watched = { ...exports };
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value !== 'function' || !name.includes('#') || name.startsWith('cabi_post_')) continue;
    watched[name] = (...args: unknown[]): unknown => {
      const result: unknown = Reflect.apply(value, undefined, args);
      meter.beginResult();
      return result;
    };
  }
  return { exports: watched };
}
