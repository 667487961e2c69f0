/** Makes instances of a component on this thread, as a guest thread does between requests. */
import { MessageChannel } from 'node:worker_threads';
import { EngineLink } from '../../src/bridge/engine-link.ts';
import { LoadBoard } from '../../src/bridge/load-board.ts';
import { MODEL_LIMITS } from '../../src/config/limits.ts';
import { componentManifestSchema } from '../../src/repository/manifest.ts';
import type { ComponentInstance } from '../../src/sandbox/component-instance.ts';
import { loadProgram } from '../../src/sandbox/load-program.ts';
import { InstanceScope } from '../../src/sandbox/granted-imports.ts';
import type { Grants } from '../../src/sandbox/grants.ts';
import type { CompiledComponent, GuestProgram } from '../../src/sandbox/guest-protocol.ts';

export interface InstanceMaker extends Disposable {
  make: () => ComponentInstance;
}

/** @param grants what the component imports besides what every component may, and the log */
export async function instanceMaker(
  component: CompiledComponent,
  grants: Partial<Grants> = {},
): Promise<InstanceMaker> {
  const { port1, port2 } = new MessageChannel();
  const cell = () => new SharedArrayBuffer(4);
  const board = new LoadBoard(LoadBoard.allocate(1, 1), 1);
  const link = new EngineLink({ ports: [port1], cell: cell(), cancelled: cell(), board, slot: 0 });
  const program: GuestProgram = {
    key: 'bench@1',
    component,
    target: component.exports.find((name) => name.startsWith('sandpiper:inference/')) ?? '',
    graphs: new Map(),
    config: new Map(),
    assets: new Map(),
    folders: new Map(),
    limits: MODEL_LIMITS,
    grants: componentManifestSchema.shape.grants.parse({ logging: true, ...grants }),
  };
  const { instantiate } = await loadProgram(program);
  return {
    make: () => instantiate(new InstanceScope(program, link, () => undefined)),
    [Symbol.dispose]: () => {
      port1.close();
      port2.close();
    },
  };
}
