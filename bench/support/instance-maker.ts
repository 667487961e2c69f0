/** Makes instances of a component on this thread, as a guest thread does between requests. */
import { Engine } from '../../src/engine/engine.ts';
import { GuestEngine } from '../../src/engine/guest-engine.ts';
import { MODEL_LIMITS } from '../../src/config/limits.ts';
import { componentManifestSchema } from '../../src/repository/manifest.ts';
import type { ComponentInstance } from '../../src/sandbox/guest/component-instance.ts';
import { loadProgram } from '../../src/sandbox/guest/load-program.ts';
import { InstanceScope } from '../../src/sandbox/guest/instance-scope.ts';
import { RecycledMemories } from '../../src/sandbox/guest/recycled-memories.ts';
import type { Grants } from '../../src/capabilities/capabilities.ts';
import type { CompiledComponent, GuestProgram } from '../../src/sandbox/guest-protocol.ts';

export interface InstanceMaker extends Disposable {
  make: () => ComponentInstance;
}

/** @param grants what the component imports besides what every component may, and the log */
export async function instanceMaker(
  component: CompiledComponent,
  grants: Partial<Grants> = {},
): Promise<InstanceMaker> {
  const engine = new Engine({ runs: 0, guestSlots: 1, memoryBytes: 0 });
  const guest = new GuestEngine(engine.connect(0), () => undefined);
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
  const { instantiate } = await loadProgram(program, new RecycledMemories());
  return {
    make: () => instantiate(new InstanceScope(program, guest, () => undefined)),
    [Symbol.dispose]: () => engine.close(),
  };
}
