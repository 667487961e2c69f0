/** Finds a model's ability, or refuses the request. */
import { invalidRequest } from '../../errors.ts';
import type { Abilities } from './component-task.ts';
import type { ServedModel } from './served-model.ts';

/** Abilities that are one request and its answer. */
export type RequestAbility = Exclude<keyof Abilities, 'live'>;

const PURPOSES: Readonly<Record<RequestAbility, string>> = {
  classify: 'image-classification',
  transcribe: 'speech-transcription',
  predict: 'a prediction',
};

/** @throws SandpiperError `invalid-request` for a model that lacks the ability */
export function abilityOf<Ability extends RequestAbility>(
  { name, folder, abilities }: ServedModel,
  ability: Ability,
): NonNullable<Abilities[Ability]> {
  const able = abilities[ability];
  if (able !== undefined) return able;
  const own = folder.manifest.task;
  throw invalidRequest(
    own === 'tensors'
      ? `Model ${name} takes tensors, not files: send it those that it describes as its inputs.`
      : `Model ${name} does ${own}, and the request is for ${PURPOSES[ability]}.`,
  );
}
