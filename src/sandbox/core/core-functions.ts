/** Functions that a core module may import, by module. */
import { HandleCount } from '../../capabilities/host/handle-count.ts';
import { EMPTY } from '../../capabilities/io/input-stream.ts';
import { coreGraphFacts } from '../../nn/witx/core-graph-facts.ts';
import { GuestMemory } from '../../nn/witx/guest-memory.ts';
import { wamrNn } from '../../nn/witx/wamr-nn.ts';
import { wasiEphemeralNn } from '../../nn/witx/wasi-ephemeral-nn.ts';
import { makePreview1 } from '../preview1/preview1.ts';

/** What functions need when they are called: these are made for their names, and none of them is. */
const NOTHING = undefined as never;

const memory = new GuestMemory();
const nowhere = { write: () => undefined };
const host = { granted: {}, folders: new Map(), handles: new HandleCount(3), sleeper: NOTHING };
const functions = {
  wasi_snapshot_preview1: makePreview1(host, memory, { stdin: EMPTY, stdout: nowhere, stderr: nowhere }),
  wasi_ephemeral_nn: wasiEphemeralNn(NOTHING, memory, NOTHING),
  wasi_nn: wamrNn(NOTHING, memory, NOTHING),
  sandpiper_graph_facts: coreGraphFacts(NOTHING, memory, NOTHING),
};

export const CORE_FUNCTIONS: Readonly<Record<string, ReadonlySet<string>>> = Object.fromEntries(
  Object.entries(functions).map(([module, named]) => [module, new Set(Object.keys(named))]),
);
