/** Makes instances of a component one after the other, as a guest thread does between requests. */
import { MessageChannel } from 'node:worker_threads';
import { EngineLink } from '../../src/bridge/engine-link.ts';
import { LoadBoard } from '../../src/bridge/load-board.ts';
import { MODEL_LIMITS } from '../../src/config/limits.ts';
import { loadProgram } from '../../src/sandbox/component-instance.ts';
import { InstanceScope } from '../../src/sandbox/granted-imports.ts';
import type { CompiledComponent } from '../../src/sandbox/guest-protocol.ts';

const INSTANCES = 300;

/** @returns milliseconds of each, after warming up */
export async function measureInstances(component: CompiledComponent): Promise<number[]> {
  const { port1, port2 } = new MessageChannel();
  const cells = () => new SharedArrayBuffer(4);
  const board = new LoadBoard(LoadBoard.allocate(1, 1), 1);
  const link = new EngineLink({ ports: [port1], cell: cells(), cancelled: cells(), board, slot: 0 });
  const target = component.exports.find((name) => name.startsWith('sandpiper:inference/')) ?? '';
  const program = {
    key: 'bench@1',
    component,
    target,
    graphs: new Map(),
    config: new Map(),
    assets: new Map(),
    limits: MODEL_LIMITS,
    grants: { logging: true, graphLoad: false },
  };
  const { instantiate } = await loadProgram(program);
  const ms = [];
  for (let index = 0; index < INSTANCES; index++) {
    const started = performance.now();
    instantiate(new InstanceScope(program, link, () => undefined));
    ms.push(performance.now() - started);
  }
  port1.close();
  port2.close();
  return ms.slice(INSTANCES / 3);
}
