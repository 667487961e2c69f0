/** Which outputs a request is answered with, and in which form each. */
import { SandpiperError } from '../../errors.ts';
import type { ModelDescription } from '../../service/api/tensor-inference.ts';
import { assertClassifiable } from './classification.ts';
import { inBinary } from '../../codecs/json-tensor.ts';
import type { RequestedOutput } from './schemas.ts';

export interface OutputPlan {
  /** What the answer holds, in its order. */
  readonly forms: readonly OutputForm[];
  /** What is asked of the model: that, and what the forms need besides. */
  readonly names: readonly string[];
  /** Parameters of the model that the forms need. */
  readonly parameters: Readonly<Record<string, number>>;
}

export interface OutputForm {
  readonly name: string;
  readonly binary: boolean;
  /** How many classes to give as text in the place of the elements; 0 for the elements. */
  readonly classes: number;
}

/**
 * @param requested all outputs of the model unless told
 * @param defaults for outputs that say nothing of their own
 * @throws SandpiperError `invalid-request` for outputs that the model has not, or named twice, and forms that they
 *   cannot take: known before anything is computed
 */
export function planOutputs(
  model: ModelDescription,
  requested: readonly RequestedOutput[] | undefined,
  defaults: { binary: boolean },
): OutputPlan {
  const asked = requested?.length ? requested : model.outputs;
  const forms = asked.map((output): OutputForm => {
    const parameters: RequestedOutput['parameters'] = 'parameters' in output ? output.parameters : undefined;
    const { binary_data: binary = defaults.binary, classification: classes = 0 } = parameters ?? {};
    return { name: output.name, binary, classes };
  });
  const names = new Set<string>();
  for (const form of forms) {
    if (names.has(form.name)) throw invalid(`output '${shorten(form.name)}' already exists in request`);
    names.add(form.name);
    assertPossible(model, form);
  }
  return { forms, ...rankedNeeds(model, forms, names) };
}

function assertPossible(model: ModelDescription, { name, binary, classes }: OutputForm): void {
  const port = model.outputs.find((output) => output.name === name);
  if (port === undefined) {
    throw invalid(`unexpected inference output '${shorten(name)}' for model '${model.name}'`);
  }
  if (classes > 0) assertClassifiable(port);
  else if (!binary && (port.datatype === 'FP16' || port.datatype === 'BF16')) {
    throw inBinary(name, `is ${port.datatype}, for which JSON has no words`);
  }
}

/** Classes of an output that holds only the best ones need the output that says which those are. */
function rankedNeeds(
  { ranked }: ModelDescription,
  forms: readonly OutputForm[],
  names: ReadonlySet<string>,
): Pick<OutputPlan, 'names' | 'parameters'> {
  const needed = new Set(names);
  const parameters: Record<string, number> = {};
  for (const { name, classes } of forms) {
    const ranking = classes > 0 ? ranked?.get(name) : undefined;
    if (ranking === undefined) continue;
    needed.add(ranking.indices);
    parameters[ranking.count] = classes;
  }
  return { names: [...needed], parameters };
}

function shorten(name: string): string {
  return name.slice(0, 100);
}

function invalid(message: string): SandpiperError {
  return new SandpiperError('invalid-request', message);
}
