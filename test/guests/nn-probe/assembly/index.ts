/** A guest that makes any sequence of wasi:nn calls: see probe.wit. */
import { keepBlock, resultArea, returnArea } from '../../../../components/sdk/assembly/abi/memory';
import { find, keep, keepOutput } from './handles';
import {
  OUTCOME_SIZE,
  storeData,
  storeDimensions,
  storeDone,
  storeFacts,
  storeFailed,
  storeNames,
  storeOutputs,
  storeType,
} from './outcome';
import {
  bindInputs,
  computeGraph,
  computeInputs,
  describeGraph,
  dropContext,
  dropGraph,
  dropTensor,
  getOutput,
  initExecutionContext,
  loadByName,
  loadGraph,
  newError,
  newTensor,
  setInput,
  tensorData,
  tensorDimensions,
  tensorType,
} from './abi/wasi-nn';

export { cabi_realloc } from '../../../../components/sdk/assembly/abi/memory';

/** Bytes of one step in a list: the case at 0, its value from 4 on. */
const STEP_SIZE: usize = 36;

/** The cases of `step`, in the order of the contract. */
enum Step {
  NewTensor,
  LoadByName,
  Load,
  Init,
  Compute,
  Bind,
  Dimensions,
  Type,
  Data,
  DropTensor,
  DropGraph,
  DropContext,
  NewError,
  Describe,
  GetOutput,
}

/** What the host passed in stays until the instance is dropped: results point into it. */
export function run(steps: usize, count: u32): usize {
  const outcomes = keepBlock(count * OUTCOME_SIZE);
  for (let i: u32 = 0; i < count; i++) {
    const step = steps + i * STEP_SIZE;
    perform(load<u8>(step), step + 4, outcomes + i * OUTCOME_SIZE);
  }
  store<usize>(resultArea, outcomes);
  store<u32>(resultArea, count, 4);
  return resultArea;
}

function perform(step: Step, value: usize, outcome: usize): void {
  storeDone(outcome);
  switch (step) {
    case Step.NewTensor:
      return makeTensor(value);
    case Step.LoadByName:
      loadByName(load<usize>(value, 8), load<usize>(value, 12), returnArea);
      return keepResult(value, outcome);
    case Step.Load:
      loadGraph(
        load<usize>(value, 8),
        load<u32>(value, 12),
        load<u8>(value, 16),
        load<u8>(value, 17),
        returnArea,
      );
      return keepResult(value, outcome);
    case Step.Init:
      initExecutionContext(find(value + 8), returnArea);
      return keepResult(value, outcome);
    case Step.Compute:
      if (isDefined(NN_OLDER)) return computeStateful(value, outcome);
      return compute(value, outcome);
    case Step.Bind:
      if (isDefined(NN_OLDER)) unreachable();
      return bind(value, outcome);
    case Step.Dimensions:
      tensorDimensions(find(value), returnArea);
      return storeDimensions(outcome);
    case Step.Type:
      return storeType(outcome, tensorType(find(value)));
    case Step.Data:
      tensorData(find(value), returnArea);
      return storeData(outcome);
    case Step.DropTensor:
      return dropTensor(find(value));
    case Step.DropGraph:
      return dropGraph(find(value));
    case Step.DropContext:
      return dropContext(find(value));
    case Step.NewError:
      if (!isDefined(NN_ERRORS)) unreachable();
      return storeFailed(outcome, newError(load<u8>(value), load<usize>(value, 4), load<usize>(value, 8)));
    case Step.Describe:
      if (isDefined(NN_OLDER)) unreachable();
      describeGraph(find(value), returnArea);
      return storeFacts(outcome);
    case Step.GetOutput:
      if (!isDefined(NN_OLDER)) unreachable();
      getOutput(find(value + 8), load<usize>(value, 16), load<usize>(value, 20), returnArea);
      return keepResult(value, outcome);
  }
}

function makeTensor(value: usize): void {
  const handle = newTensor(
    load<usize>(value, 8),
    load<usize>(value, 12),
    load<u8>(value, 16),
    load<usize>(value, 20),
    load<usize>(value, 24),
  );
  keep(value, handle);
}

/** The handle of a `result<own, own<error>>` in the return area. */
function keepResult(name: usize, outcome: usize): void {
  const handle = load<u32>(returnArea, 4);
  if (load<u8>(returnArea) == 0) keep(name, handle);
  else storeFailed(outcome, handle);
}

function compute(value: usize, outcome: usize): void {
  const inputs = namedTensors(value + 16);
  computeGraph(find(value + 8), changetype<usize>(inputs), load<u32>(value, 20), returnArea);
  if (load<u8>(returnArea) != 0) return storeFailed(outcome, load<u32>(returnArea, 4));
  const outputs = load<usize>(returnArea, 4);
  const given = load<u32>(returnArea, 8);
  for (let i: u32 = 0; i < given; i++) {
    const output = outputs + i * 12;
    keepOutput(value, output, load<u32>(output, 8));
  }
  storeOutputs(outcome, outputs, given);
}

/** The same in three calls; the outputs are those that the step names. */
function computeStateful(value: usize, outcome: usize): void {
  const context = find(value + 8);
  const inputs = load<usize>(value, 16);
  const count = load<u32>(value, 20);
  for (let i: u32 = 0; i < count; i++) {
    const pair = inputs + i * 16;
    setInput(context, load<usize>(pair), load<usize>(pair, 4), find(pair + 8), returnArea);
    if (load<u8>(returnArea) != 0) return storeFailed(outcome, load<u32>(returnArea, 4));
  }
  computeInputs(context, returnArea);
  if (load<u8>(returnArea) != 0) return storeFailed(outcome, load<u32>(returnArea, 4));
  const names = load<usize>(value, 24);
  const given = load<u32>(value, 28);
  for (let i: u32 = 0; i < given; i++) {
    const name = names + i * 8;
    getOutput(context, load<usize>(name), load<usize>(name, 4), returnArea);
    const handle = load<u32>(returnArea, 4);
    if (load<u8>(returnArea) != 0) return storeFailed(outcome, handle);
    keepOutput(value, name, handle);
  }
  storeNames(outcome, names, given);
}

function bind(value: usize, outcome: usize): void {
  const inputs = namedTensors(value + 8);
  bindInputs(find(value), changetype<usize>(inputs), load<u32>(value, 12), returnArea);
  if (load<u8>(returnArea) != 0) storeFailed(outcome, load<u32>(returnArea, 4));
}

/** Pairs of names, whose pointer and number are at `at`, as wasi:nn's list of named tensors. */
function namedTensors(at: usize): StaticArray<u32> {
  const pairs = load<usize>(at);
  const count = load<u32>(at, 4);
  const inputs = new StaticArray<u32>(count * 3);
  for (let i: u32 = 0; i < count; i++) {
    const pair = pairs + i * 16;
    inputs[i * 3] = load<u32>(pair);
    inputs[i * 3 + 1] = load<u32>(pair, 4);
    inputs[i * 3 + 2] = find(pair + 8);
  }
  return inputs;
}
