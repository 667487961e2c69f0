import type { TensorType } from '../../src/element-types.ts';
import type { NnVersion } from '../../src/nn/wit-versions.ts';
import type { ModelLimits } from '../../src/config/limits.ts';
import { inspectModel } from '../support/inspect-model.ts';
import { ephemeralLayout, runCoreScript, WAMR_LAYOUT, type CoreLayout } from './core-abi.ts';
import { runProbe, type ProbeOptions, type RunOptions } from '../support/guest-probe.ts';
import {
  compute,
  failureIn,
  flatten,
  open,
  read,
  tensor,
  valueOf,
  type Failed,
  type Outcome,
  type Script,
  type Step,
  type Value,
} from '../support/guest-script.ts';

/**
 * The ABIs that the conformance suite runs over. Scripts and expectations are the same for each; where an ABI
 * cannot say something, it is named here, with its reason.
 */
export interface Abi {
  name: string;
  /** One request: a fresh instance that takes the steps of a script. */
  run(script: Script, options?: Omit<ProbeOptions, 'version'> & RunOptions): Promise<Outcome[]>;
  exceptions: Exceptions;
}

/** Why an ABI is excused from a part of what the suite expects. */
export interface Exceptions {
  /** Failures have a code and no words. */
  wordless?: string;
  /** Outputs are bytes whose type and dimensions are not told. */
  bareOutputs?: string;
  /** Codes that the ABI lacks, and what it says instead. */
  codes?: { reason: string; instead: Partial<Record<Failed['code'], Failed['code']>> };
  /** Tensor types that the ABI lacks. */
  types?: { reason: string; lacks: readonly TensorType[] };
  /** Tensors are no handles: they are copied when they are set. */
  noTensorHandles?: string;
  /** Graphs and contexts live as long as their guest. */
  unclosable?: string;
  /** Data cannot be of a wrong length. */
  impliedLength?: string;
  /** A compute takes its inputs and gives its outputs: there is nothing to set before or to fetch after it. */
  stateless?: string;
  /** A handle that is not valid is a failure, not a trap. */
  invalidHandle?: { reason: string; failure: Failed['code'] } | undefined;
}

function component(version: NnVersion, exceptions: Exceptions = {}): Abi {
  return {
    name: `wasi:nn@${version}`,
    run: async (script, options = {}) =>
      runProbe(withOutputs(script, options.graphs ?? {}), { ...options, version }),
    exceptions,
  };
}

const WORDLESS = 'calls give a number, errno; the words go to the log of whoever runs the command';
const BARE = 'get_output copies bytes and says how many';
const CODES = {
  reason:
    'the oldest bindings know the numbers 0 to 5, and what has none of them is told by whose move it is',
  instead: {
    timeout: 'runtime-error',
    security: 'runtime-error',
    'too-large': 'runtime-error',
    'unsupported-operation': 'invalid-argument',
    'not-found': 'invalid-argument',
  },
} as const;
const COPIED = 'a tensor is a record in the memory of the guest, copied when it is set';
const NUMBERED = {
  reason: 'handles are plain numbers, so a wrong one is an argument like any other',
  failure: 'invalid-argument',
} as const;

function core(name: string, layout: CoreLayout, exceptions: Exceptions, adapted = false): Abi {
  return {
    name,
    run: async (script, options = {}) => runCoreScript(layout, script, { ...options, adapted }),
    exceptions: {
      wordless: WORDLESS,
      bareOutputs: BARE,
      codes: CODES,
      noTensorHandles: COPIED,
      invalidHandle: NUMBERED,
      ...exceptions,
    },
  };
}

export const ABIS: readonly Abi[] = [
  component('0.2.0-rc-2024-10-28', { stateless: 'inputs and outputs are those of one call of compute' }),
  component('0.2.0-rc-2024-08-19'),
  component('0.2.0-rc-2024-06-25'),
  core('wasi_ephemeral_nn', ephemeralLayout(['FP16', 'FP32', 'FP64', 'U8', 'I32', 'I64']), {
    types: { reason: 'wasi-nn.witx has no bf16', lacks: ['BF16'] },
  }),
  core('wasi_ephemeral_nn as WasmEdge 0.14 numbers types', ephemeralLayout(['FP16', 'FP32', 'U8', 'I32']), {
    types: { reason: 'it has four types', lacks: ['FP64', 'BF16', 'I64'] },
  }),
  core(
    'wasi_ephemeral_nn of a component, by the adapter of the toolkit',
    { ...ephemeralLayout(['FP16', 'FP32', 'FP64', 'U8', 'I32', 'I64']), closes: false },
    {
      types: { reason: 'wasi-nn.witx has no bf16', lacks: ['BF16'] },
      unclosable: 'the crate has no call that closes a graph or a context',
      invalidHandle: undefined,
    },
    true,
  ),
  core('wasi_nn of WAMR', WAMR_LAYOUT, {
    types: { reason: 'it has four types', lacks: ['FP64', 'BF16', 'I64'] },
    unclosable: 'it has no call that closes a graph or a context',
    impliedLength: 'the length of the data is that of the type and the dimensions',
  }),
];

/** Whether an ABI has all these tensor types. */
export function hasTypes({ exceptions }: Abi, ...types: readonly TensorType[]): boolean {
  return !types.some((type) => exceptions.types?.lacks.includes(type));
}

/** A failure as an ABI shows it. */
export function seenFailure({ exceptions }: Abi, { code, message }: Failed): Partial<Failed> {
  const told = exceptions.codes?.instead[code] ?? code;
  return exceptions.wordless === undefined ? { code: told, message } : { code: told };
}

/** A tensor as an ABI shows it: its bytes, and mostly its type and dimensions. */
export function seenValue({ exceptions }: Abi, { type, dimensions, data }: Value): Partial<Value> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return exceptions.bareOutputs === undefined ? { type, dimensions, data: bytes } : { data: bytes };
}

/** One compute of one model: its outputs by name, in the order in which they came. */
export async function computedOutputs(
  abi: Abi,
  model: Uint8Array,
  inputs: Readonly<Record<string, Value>>,
  outputs: readonly string[] = ['y'],
): Promise<{ names: string[]; values: Record<string, Partial<Value>> }> {
  const steps = computeSteps(inputs);
  const all = await abi.run([...steps, ...outputs.flatMap(read)], { graphs: { model } });
  const computed = all[steps.length - 1];
  if (computed?.tag !== 'outputs') throw new Error(`expected outputs, got ${JSON.stringify(all)}`);
  const values = outputs.map((name, i) => {
    const start = steps.length + 3 * i;
    return [name, seenValue(abi, valueOf(all.slice(start, start + 3)))] as const;
  });
  return { names: computed.val, values: Object.fromEntries(values) };
}

/** The failure of one compute of one model. */
export async function failureOfCompute(
  abi: Abi,
  model: Uint8Array,
  inputs: Readonly<Record<string, Value>>,
  limits: Partial<ModelLimits> = {},
): Promise<Partial<Failed>> {
  return seenFailure(abi, failureIn(await abi.run(computeSteps(inputs), { graphs: { model }, limits })));
}

function computeSteps(inputs: Readonly<Record<string, Value>>): Step[] {
  const names = Object.keys(inputs);
  return [
    ...open('model'),
    ...names.map((name) => tensor(name, inputs[name] as Value)),
    compute(
      '',
      'model',
      names.map((name) => [name, name]),
    ),
  ];
}

/**
 * The script with the outputs that each compute is to fetch. The older ABIs do not give them by themselves, and a
 * guest of theirs knows its model.
 */
export function withOutputs(script: Script, graphs: Readonly<Record<string, Uint8Array>>): Step[] {
  const models = new Map<string, Uint8Array | undefined>();
  return flatten(script).map((step) => {
    if (step.tag === 'load-by-name') models.set(step.val.into, graphs[step.val.name]);
    else if (step.tag === 'load') models.set(step.val.into, step.val.builders[0]);
    else if (step.tag === 'init') models.set(step.val.into, models.get(step.val.graph));
    if (step.tag !== 'compute') return step;
    const model = models.get(step.val.ctx);
    return { ...step, val: { ...step.val, outputs: model === undefined ? [] : outputsOf(model) } };
  });
}

export function outputsOf(model: Uint8Array): string[] {
  return inspectModel(model).outputs.map(({ name }) => name);
}
