import type { InputDescription, PredictionDescription } from '../../api/predictions.ts';
import { fitsTask, type TaskShape } from '../../api/task-shapes.ts';
import { BadDescription } from './guest-description.ts';

/** Whether clients of the task could ask this component, and would understand its answers. @throws BadDescription */
export function assertTaskShape(
  task: string,
  { inputs: wanted, besides = [], answer }: TaskShape,
  { inputs, outputs }: PredictionDescription,
): void {
  const taken = new Set<InputDescription>();
  for (const one of wanted) {
    const input = inputs.find((each) => !taken.has(each) && fitsTask(each, one));
    if (input === undefined) {
      const named = one.name === undefined ? '' : ` called "${one.name}"`;
      throw new BadDescription(
        `${task} needs an input${named} of ${one.kinds.join(' or ')}, and it has none`,
      );
    }
    taken.add(input);
  }
  for (const name of besides) {
    const input = inputs.find((each) => each.name === name);
    if (input === undefined || !['text', 'json'].includes(input.kind))
      throw new BadDescription(`${task} needs an input called "${name}" of text or json, and it has none`);
    taken.add(input);
  }
  const stray = inputs.find((input) => input.occurrence !== 'optional' && !taken.has(input));
  if (stray !== undefined) {
    throw new BadDescription(
      `clients of ${task} do not know of its input "${stray.name}": make it optional, or name the task "prediction"`,
    );
  }
  const [first] = outputs;
  if (first === undefined || first.optional || !answer.includes(first.kind)) {
    throw new BadDescription(
      `${task} answers with ${answer.join(' or ')}, and its first output is ${first?.optional === true ? 'optional' : first?.kind}`,
    );
  }
}
