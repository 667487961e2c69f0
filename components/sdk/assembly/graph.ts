/** Graphs of wasi:nn: opening one by its name in the manifest, and running it. */
import { forgetReceived, returnArea, takeString } from './abi/memory';
import { bindInputs } from './abi/imports/host';
import { computeGraph, initExecutionContext, loadByName } from './abi/imports/wasi-nn';
import { FailureKind, fail, failInference } from './failure';
import { GraphFacts, readFacts } from './graph-facts';
import { Tensor } from './tensor';

/** Opens the graph that the manifest calls `name`; null, with a failure, if the host refuses. */
export function openGraph(name: string): Context | null {
  loadByName(changetype<usize>(name), name.length, returnArea);
  const graph = takeHandle();
  if (graph == 0) return null;
  initExecutionContext(graph, returnArea);
  const context = takeHandle();
  if (context == 0) return null;
  return new Context(name, graph, context);
}

/** The tensors of one run, by the names of the graph's inputs. */
export class Inputs {
  private names: string[] = [];
  private tensors: Tensor[] = [];

  /** Adds a tensor, which belongs to the graph once it runs. */
  set(name: string, tensor: Tensor): Inputs {
    this.names.push(name);
    this.tensors.push(tensor);
    return this;
  }

  /** Private to the SDK: drops the tensor of that name, if there is one, and adds this one. */
  replace(name: string, tensor: Tensor): void {
    const at = this.names.indexOf(name);
    if (at < 0) {
      this.set(name, tensor);
    } else {
      this.tensors[at].drop();
      this.tensors[at] = tensor;
    }
  }

  get length(): i32 {
    return this.names.length;
  }

  /** Private to the SDK: these as a canonical list of (name, tensor), all given away. */
  lower(): StaticArray<usize> {
    const list = new StaticArray<usize>(this.names.length * 3);
    for (let i = 0, at = 0; i < this.names.length; i++, at += 3) {
      const name = this.names[i];
      list[at] = changetype<usize>(name);
      list[at + 1] = name.length;
      list[at + 2] = this.tensors[i].give();
    }
    return list;
  }
}

/** A graph ready to run. */
export class Context {
  /** Private to the SDK: use `openGraph`. */
  constructor(
    public name: string,
    private graph: u32,
    private handle: u32,
  ) {}

  /** The graph's inputs and outputs. */
  facts(): GraphFacts {
    return readFacts(this.graph);
  }

  /**
   * Gives an input for the next run and for every later one, until another is kept under the name.
   *
   * wasi:nn takes a tensor away with the run that it is given to. Bound to the context, what every run
   * needs crosses once.
   */
  keep(name: string, tensor: Tensor): void {
    this.kept.replace(name, tensor);
  }

  /** Keeps all that another graph gave, each tensor for the input that is called as that output is. */
  keepAll(outputs: Outputs): void {
    for (let i = 0; i < outputs.names.length; i++)
      this.keep(outputs.names[i], outputs.take(outputs.names[i])!);
  }

  /** Runs the graph; null, with a failure, if the run fails. The inputs' tensors are the graph's then. */
  compute(inputs: Inputs): Outputs | null {
    if (this.kept.length > 0 && !this.bindKept()) return null;
    const list = inputs.lower();
    computeGraph(this.handle, changetype<usize>(list), inputs.length, returnArea);
    if (load<u8>(returnArea) != 0) {
      failInference(load<u32>(returnArea, 4));
      return null;
    }
    return takeOutputs(this.name);
  }

  /** Given by `keep` since the last run, bound all at once. */
  private kept: Inputs = new Inputs();

  private bindKept(): bool {
    const list = this.kept.lower();
    bindInputs(this.handle, changetype<usize>(list), this.kept.length, returnArea);
    // Not before the call: the list points into the names of the inputs.
    this.kept = new Inputs();
    if (load<u8>(returnArea) == 0) return true;
    failInference(load<u32>(returnArea, 4));
    return false;
  }
}

/** Outputs of a run. A component that runs many times should drop the tensors that it does not use. */
export class Outputs {
  constructor(
    private graph: string,
    readonly names: string[],
    private tensors: Array<Tensor | null>,
  ) {}

  /** The output called `name`, or the first one if `name` is empty; null, with a failure, if there is none. */
  take(name: string): Tensor | null {
    for (let i = 0; i < this.names.length; i++) {
      const tensor = this.tensors[i];
      if (!tensor || (name.length != 0 && this.names[i] != name)) continue;
      this.tensors[i] = null;
      return tensor;
    }
    fail(
      FailureKind.Internal,
      `graph "${this.graph}" has outputs ${this.names.join(', ')}, but no "${name}"`,
    );
    return null;
  }

  /** Drops the tensors that have not been taken. */
  drop(): void {
    for (let i = 0; i < this.tensors.length; i++) {
      const tensor = this.tensors[i];
      if (tensor) tensor.drop();
      this.tensors[i] = null;
    }
  }
}

/** The handle of a `result<own, own<error>>` in the return area; 0, with a failure, for an error. */
function takeHandle(): u32 {
  const handle = load<u32>(returnArea, 4);
  if (load<u8>(returnArea) == 0) return handle;
  failInference(handle);
  return 0;
}

function takeOutputs(graph: string): Outputs {
  const from = load<usize>(returnArea, 4);
  const count = load<u32>(returnArea, 8);
  const names = new Array<string>(count);
  const tensors = new Array<Tensor | null>(count);
  for (let i: u32 = 0; i < count; i++) {
    const item = from + i * 12;
    names[i] = takeString(load<usize>(item), load<usize>(item, 4));
    tensors[i] = new Tensor(load<u32>(item, 8));
  }
  forgetReceived();
  return new Outputs(graph, names, tensors);
}
