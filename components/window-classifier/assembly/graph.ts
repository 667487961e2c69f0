import { ANY_SIZE, Context, FailureKind, TensorType, fail } from '../../sdk/assembly';

/** The input of the graph that takes windows. */
export class WindowPort {
  constructor(
    readonly name: string,
    readonly channels: i32,
    /** Whether a run takes any number of windows, and not only one. */
    readonly several: bool,
  ) {}
}

/** Null, with a failure, if the graph is not of one input [1 or any, channels, any] and as many scores as labels. */
export function windowPort(context: Context, labels: i32): WindowPort | null {
  const facts = context.facts();
  const input = facts.inputs.length == 1 ? facts.inputs[0] : null;
  const sizes = input && input.type == TensorType.FP32 ? input.dimensions : null;
  const scores = facts.outputs.length == 1 ? facts.outputs[0].dimensions : null;
  if (!input || !sizes || sizes.length != 3 || sizes[1] < 1 || sizes[2] != ANY_SIZE)
    fail(
      FailureKind.Internal,
      'the graph must have one input of FP32 [windows, channels, any number of steps]',
    );
  else if (!scores || scores.length != 2 || scores[1] != labels)
    fail(
      FailureKind.Internal,
      `the graph must have one output of FP32 [windows, ${labels}], as there are labels`,
    );
  else return new WindowPort(input.name, <i32>sizes[1], sizes[0] == ANY_SIZE);
  return null;
}
