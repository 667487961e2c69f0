import { SandpiperError } from '../errors.ts';

/**
 * A 404 that concerns a model. One class for a model that is not there and for one that this caller may not see,
 * so that their answers are the same to the byte.
 */
export class ModelNotFound extends SandpiperError {
  constructor(name: string) {
    super(
      'not-found',
      `There is no model "${name.slice(0, 100)}" here: GET /v1/models lists those there are.`,
    );
  }
}
