/** Models of Hugging Face's tasks, whose descriptions are made of kinds of values. */
import type { ScriptedModel } from './scripted-predictor.ts';

export const PICTURE = `{ tag: 'picture', val: { size: { tag: 'bounded', val: { longestSide: 64, multiple: 32, enlarge: false } }, filter: 'bilinear', format: 'rgb8', regions: false } }`;
export const SOUND = `{ tag: 'sound', val: { sampleRate: 16000 } }`;
export const TEXT = `{ tag: 'text' }`;

/** A model with these inputs by their kinds, and one output. */
export function taskModel(
  task: string,
  inputs: Record<string, string>,
  output: string,
  predict: string,
  more: Partial<ScriptedModel> & { parameters?: string } = {},
): ScriptedModel {
  const described = Object.entries(inputs).map(
    ([name, kind]) => `{ name: '${name}', description: '', kind: ${kind}, occurrence: 'required' }`,
  );
  return {
    task,
    describe: `return {
      inputs: [${described.join(', ')}],
      parameters: [${more.parameters ?? ''}],
      outputs: [{ name: 'answer', description: '', kind: ${output}, optional: false }],
    };`,
    predict: `const answer = (tag, val) => [{ name: 'answer', value: { tag, val } }]; ${predict}`,
    sample: { inputs: { text: 'hello' }, expect: {} },
    ...more,
  };
}
