/**
 * A model's inputs and outputs as it describes them itself. A typed task describes those of its models.
 *
 * @typedef {'picture' | 'sound' | 'file' | 'text' | 'json' | 'tensor'} InputKind
 * @typedef {'json' | 'text' | 'labels' | 'tensor' | 'media'} OutputKind
 *
 * @typedef {{ name: string, description: string, kind: InputKind, occurrence: 'required' | 'optional' | 'repeated',
 *   datatype?: string, shape?: number[] }} Input
 * @typedef {{ name: string, description: string, kind: 'boolean' | 'integer' | 'number' | 'text', default?: string | number | boolean,
 *   minimum?: number, maximum?: number, choices?: string[] }} Parameter
 * @typedef {{ name: string, description: string, kind: OutputKind, datatype?: string }} Output
 * @typedef {{ inputs: Input[], parameters: Parameter[], outputs: Output[] }} Description
 */

/** @type {Description} */
export const IMAGE_CLASSIFICATION = {
  inputs: [{ name: 'image', description: 'A photo.', kind: 'picture', occurrence: 'required' }],
  parameters: [
    {
      name: 'top_k',
      description: 'How many labels are given, those of the best scores.',
      kind: 'integer',
      minimum: 1,
      default: 5,
    },
  ],
  outputs: [{ name: 'labels', description: 'Best first.', kind: 'labels' }],
};

/** @param {Input} input */
export function takesFile({ kind }) {
  return kind === 'picture' || kind === 'sound' || kind === 'file';
}
