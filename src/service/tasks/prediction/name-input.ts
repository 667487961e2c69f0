/** Says of which input a file was that is refused: of several files in a request, its words would fit each. */
import { SandpiperError, type ErrorCode } from '../../../errors.ts';
import type { GivenInput } from './check-inputs.ts';

const OF_FILES: readonly ErrorCode[] = [
  'invalid-request',
  'unsupported-media',
  'unusable-input',
  'input-too-large',
];

export type NameInput = <Done>(input: string, work: () => Promise<Done>) => Promise<Done>;

export function nameInput(given: readonly GivenInput[]): NameInput {
  const files = given.flatMap(({ values }) => values.filter(({ kind }) => kind === 'file'));
  return async (input, work) => {
    try {
      return await work();
    } catch (error) {
      const isOfFile = error instanceof SandpiperError && OF_FILES.includes(error.code);
      if (files.length < 2 || !isOfFile) throw error;
      throw new SandpiperError(error.code, `Input "${input}": ${error.message}`, { cause: error });
    }
  };
}
