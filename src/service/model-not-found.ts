import { SandpiperError } from '../errors.ts';

/**
 * A 404 that concerns a model. One class for a model that is not there and for one that this caller may not see,
 * so that their answers are the same to the byte.
 */
export class ModelNotFound extends SandpiperError {
  constructor(name: string) {
    super(
      'not-found',
      `There is no model "${String(name).slice(0, 100)}" here: the list of models names those there are.`,
    );
  }
}
