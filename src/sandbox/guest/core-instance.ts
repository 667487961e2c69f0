/** Makes instances of a compiled core module, with WASI preview 1 and the core ABIs of wasi:nn. */
import { coreGraphFacts } from '../../nn/witx/core-graph-facts.ts';
import { CoreNn } from '../../nn/witx/core-nn.ts';
import { GuestMemory } from '../../nn/witx/guest-memory.ts';
import { wamrNn } from '../../nn/witx/wamr-nn.ts';
import { wasiEphemeralNn } from '../../nn/witx/wasi-ephemeral-nn.ts';
import type { LoadedProgram } from './component-instance.ts';
import type { InstanceScope } from './instance-scope.ts';
import type { CompiledCoreModule, GuestProgram } from '../guest-protocol.ts';
import { makePreview1 } from '../preview1/preview1.ts';
import { EMPTY } from '../../capabilities/io/input-stream.ts';
import { runToExit } from './run-to-exit.ts';

type HostFunction = (...args: never[]) => unknown;

export function loadCoreModule(
  program: GuestProgram,
  { core, numbering }: CompiledCoreModule,
): LoadedProgram {
  return {
    program,
    instantiate(scope) {
      const memory = new GuestMemory();
      const { exports } = new WebAssembly.Instance(core, guarded(importsOf(scope, memory, numbering)));
      memory.attach(exports['memory']);
      const start = exports['_start'] as () => void;
      return { scope, target: { run: () => runToExit(start) }, release: () => undefined };
    },
  };
}

function importsOf(
  scope: InstanceScope,
  memory: GuestMemory,
  numbering: CompiledCoreModule['numbering'],
): Record<string, Record<string, HostFunction>> {
  const host = scope.wasiHost();
  const nothing = { write: () => undefined };
  const streams = host.streams ?? { stdin: EMPTY, stdout: nothing, stderr: nothing };
  const explain = (message: string) => scope.explain(message);
  const nn = new CoreNn(scope.nn, numbering);
  return {
    wasi_snapshot_preview1: makePreview1(host, memory, streams),
    wasi_ephemeral_nn: wasiEphemeralNn(nn, memory, explain),
    wasi_nn: wamrNn(nn, memory, explain),
    sandpiper_graph_facts: coreGraphFacts(nn, memory, explain),
  };
}

/**
 * After a host function has thrown, every further call of one throws: WebAssembly can catch JavaScript's exceptions, and
 * the instance must not continue.
 */
function guarded(imports: Record<string, Record<string, HostFunction>>): WebAssembly.Imports {
  let ended: { reason: unknown } | undefined;
  const guard =
    (call: HostFunction) =>
    (...args: never[]): unknown => {
      if (ended !== undefined) throw ended.reason;
      try {
        return call(...args);
      } catch (reason) {
        ended = { reason };
        throw reason;
      }
    };
  return Object.fromEntries(
    Object.entries(imports).map(([module, functions]) => [
      module,
      Object.fromEntries(Object.entries(functions).map(([name, call]) => [name, guard(call)])),
    ]),
  );
}
