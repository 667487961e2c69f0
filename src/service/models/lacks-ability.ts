/** A request for what a model cannot do, refused in words. */
import { type SandpiperError, invalidRequest } from '../../errors.ts';
import type { Abilities } from './component-task.ts';
import type { ServedModel } from './served-model.ts';

/** Abilities that are one request and its answer. */
export type RequestAbility = Exclude<keyof Abilities, 'live'>;

/** What a request for each ability is for, in words. */
const PURPOSES: Readonly<Record<RequestAbility, string>> = {
  classify: 'image-classification',
  transcribe: 'speech-transcription',
  predict: 'a prediction',
};

export function lacks({ name, folder }: ServedModel, ability: RequestAbility): SandpiperError {
  const own = folder.manifest.task;
  return invalidRequest(
    own === 'tensors'
      ? `Model ${name} takes tensors, not files: send it those that it describes as its inputs.`
      : `Model ${name} does ${own}, and the request is for ${PURPOSES[ability]}.`,
  );
}
