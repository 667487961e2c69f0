import type { NnErrorCode } from '../../src/engine/engine-error.ts';
import type { TensorType } from '../../src/element-types.ts';
import type { WitFacts } from '../../src/nn/wit-facts.ts';
import type { ExecutionTarget, GraphEncoding } from '../../src/nn/wasi-nn.ts';

/** Scripts for the guest in test/guests/nn-probe: wasi:nn calls as data. Handles go by names of one's choice. */

export type Step =
  | { tag: 'new-tensor'; val: { into: string; dimensions: Uint32Array; ty: TensorType; data: Uint8Array } }
  | { tag: 'load-by-name'; val: { into: string; name: string } }
  | {
      tag: 'load';
      val: {
        into: string;
        builders: readonly Uint8Array[];
        encoding: GraphEncoding;
        target: ExecutionTarget;
      };
    }
  | { tag: 'init'; val: { into: string; graph: string } }
  | { tag: 'bind'; val: { ctx: string; inputs: [input: string, tensor: string][] } }
  | {
      tag: 'compute';
      val: {
        into: string;
        ctx: string;
        inputs: [input: string, tensor: string][];
        /** Which to fetch, where they do not all come by themselves. */
        outputs: readonly string[];
      };
    }
  | { tag: 'new-error'; val: Failed }
  | { tag: 'get-output'; val: { into: string; ctx: string; output: string } }
  | {
      tag: 'dimensions' | 'ty' | 'data' | 'describe' | 'drop-tensor' | 'drop-graph' | 'drop-context';
      val: string;
    };

/** Steps in their order; lists in lists only group them. */
export type Script = readonly (Step | Script)[];

export function flatten(script: Script): Step[] {
  return script.flatMap((part) => ('tag' in part ? [part] : flatten(part)));
}

/** Results of steps, in the script's order. */
export type Outcome =
  | { tag: 'done' }
  | { tag: 'failed'; val: Failed }
  | { tag: 'outputs'; val: string[] }
  | { tag: 'dimensions'; val: Uint32Array }
  | { tag: 'ty'; val: TensorType }
  | { tag: 'data'; val: Uint8Array }
  | { tag: 'facts'; val: WitFacts };

export interface Failed {
  code: NnErrorCode;
  message: string;
}

/** A tensor's type, dimensions and elements. */
export interface Value {
  type: TensorType;
  dimensions: readonly number[];
  data: ArrayBufferView;
}

export function tensor(into: string, { type, dimensions, data }: Value): Step {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return {
    tag: 'new-tensor',
    val: { into, dimensions: Uint32Array.from(dimensions), ty: type, data: bytes },
  };
}

export function load(
  into: string,
  builders: readonly Uint8Array[],
  encoding: GraphEncoding = 'onnx',
  target: ExecutionTarget = 'cpu',
): Step {
  return { tag: 'load', val: { into, builders, encoding, target } };
}

export function loadByName(into: string, name: string): Step {
  return { tag: 'load-by-name', val: { into, name } };
}

export function init(into: string, graph: string): Step {
  return { tag: 'init', val: { into, graph } };
}

/** The graph `name` as a context of the same name. */
export function open(name: string): Step[] {
  return [loadByName(`${name} (graph)`, name), init(name, `${name} (graph)`)];
}

/** Outputs are kept as `into` followed by their names. */
export function compute(into: string, ctx: string, inputs: readonly [input: string, tensor: string][]): Step {
  return { tag: 'compute', val: { into, ctx, inputs: [...inputs], outputs: [] } };
}

/** Fetches an output of the last compute, in ABIs whose compute does not give them by itself. */
export function getOutput(into: string, ctx: string, output: string): Step {
  return { tag: 'get-output', val: { into, ctx, output } };
}

/** Inputs for every later compute of the context. */
export function bind(ctx: string, inputs: readonly [input: string, tensor: string][]): Step {
  return { tag: 'bind', val: { ctx, inputs: [...inputs] } };
}

export function dataOf(name: string): Step {
  return { tag: 'data', val: name };
}

/** Inputs and outputs of a graph. */
export function factsOf(graph: string): Step {
  return { tag: 'describe', val: graph };
}

export function drop(kind: 'tensor' | 'graph' | 'context', name: string): Step {
  return { tag: `drop-${kind}`, val: name };
}

/** For the one release of wasi:nn that lets guests make errors. */
export function newError(code: NnErrorCode, message: string): Step {
  return { tag: 'new-error', val: { code, message } };
}

/** Type, dimensions and data of a tensor: three steps, of whose outcomes {@link valueOf} makes a value again. */
export function read(name: string): Step[] {
  return [{ tag: 'ty', val: name }, { tag: 'dimensions', val: name }, dataOf(name)];
}

export function valueOf(outcomes: readonly Outcome[]): Value {
  const [type, dimensions, data] = outcomes;
  if (type?.tag !== 'ty' || dimensions?.tag !== 'dimensions' || data?.tag !== 'data') {
    throw new Error(`expected the outcomes of read(), got ${JSON.stringify(outcomes)}`);
  }
  return { type: type.val, dimensions: [...dimensions.val], data: data.val };
}

/** The only failure among the outcomes. */
export function failureIn(outcomes: readonly Outcome[]): Failed {
  const [failure, ...more] = outcomes.filter((outcome) => outcome.tag === 'failed');
  if (failure === undefined || more.length > 0) {
    throw new Error(`expected one failure, got ${JSON.stringify(outcomes)}`);
  }
  return failure.val;
}
