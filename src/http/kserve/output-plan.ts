import { invalidRequest } from '../../errors.ts';
import type { ModelDescription } from '../../service/api/tensor-inference.ts';
import { assertClassifiable } from './classification.ts';
import { inBinary } from '../../codecs/json-tensor.ts';
import type { RequestedOutput } from './schemas.ts';

export interface OutputPlan {
  readonly forms: readonly OutputForm[];
  /** Outputs to request of the model: those of the answer, and others that their forms need. */
  readonly names: readonly string[];
  /** Parameters of the model that the forms need. */
  readonly parameters: Readonly<Record<string, number>>;
}

export interface OutputForm {
  readonly name: string;
  readonly binary: boolean;
  /** Whether elements of BYTES, which may be no text, come in base64 where they are in JSON. */
  readonly base64: boolean;
  /** Number of classes to return as text; 0 to return the elements. */
  readonly classes: number;
}

/**
 * @param requested undefined for all outputs of the model
 * @param defaults for outputs without parameters
 * @throws SandpiperError `invalid-request` for unknown or repeated outputs, and forms that they cannot have, before
 *   anything is computed
 */
export function planOutputs(
  model: ModelDescription,
  requested: readonly RequestedOutput[] | undefined,
  defaults: { binary: boolean },
): OutputPlan {
  const asked: readonly RequestedOutput[] = requested?.length ? requested : model.outputs;
  const forms = asked.map(({ name, parameters = {} }): OutputForm => {
    const { binary_data: binary = defaults.binary, classification: classes = 0, content_type } = parameters;
    return { name, binary, base64: content_type === 'base64', classes };
  });
  const names = new Set<string>();
  for (const form of forms) {
    if (names.has(form.name))
      throw invalidRequest(`output '${shorten(form.name)}' already exists in request`);
    names.add(form.name);
    assertPossible(model, form);
  }
  return { forms, ...rankedNeeds(model, forms, names) };
}

function assertPossible(model: ModelDescription, { name, binary, classes }: OutputForm): void {
  const port = model.outputs.find((output) => output.name === name);
  if (port === undefined) {
    throw invalidRequest(`unexpected inference output '${shorten(name)}' for model '${model.name}'`);
  }
  if (classes > 0) assertClassifiable(port);
  else if (!binary && (port.datatype === 'FP16' || port.datatype === 'BF16')) {
    throw inBinary(name, `is ${port.datatype}, for which JSON has no words`);
  }
}

/** The outputs with the class indices of ranked outputs, which their classes need. */
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
