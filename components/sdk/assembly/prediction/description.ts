import { keepBlock } from '../abi/memory';
import { INPUT_SIZE, Input } from './inputs';
import { OUTPUT_SIZE, Output } from './outputs';
import { PARAMETER_SIZE, Parameter } from './parameters';

/** Inputs, parameters and outputs of a component, in the order that clients see. */
export class Description {
  private inputs: Input[] = [];
  private parameters: Parameter[] = [];
  private outputs: Output[] = [];

  input(input: Input): Description {
    this.inputs.push(input);
    return this;
  }

  parameter(parameter: Parameter): Description {
    this.parameters.push(parameter);
    return this;
  }

  output(output: Output): Description {
    this.outputs.push(output);
    return this;
  }

  /** Private to the SDK: writes `description` of the contract, 24 bytes. */
  store(at: usize): void {
    storeAll<Input>(at, this.inputs, INPUT_SIZE);
    storeAll<Parameter>(at + 8, this.parameters, PARAMETER_SIZE);
    storeAll<Output>(at + 16, this.outputs, OUTPUT_SIZE);
  }
}

function storeAll<T>(at: usize, items: T[], size: usize): void {
  const list = keepBlock(<usize>items.length * size);
  for (let i = 0; i < items.length; i++) items[i].store(list + <usize>i * size);
  store<usize>(at, list);
  store<usize>(at, items.length, 4);
}
