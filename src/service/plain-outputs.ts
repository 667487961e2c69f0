import type { NamedOutput, PredictionValue } from './api/predictions.ts';

/** Outputs by name, as a program wants them: JSON as it reads. */
export function plainOutputs(outputs: readonly NamedOutput[]): Record<string, PredictionValue> {
  return Object.fromEntries(outputs.map((output) => [output.name, plain(output)]));
}

function plain(output: NamedOutput): PredictionValue {
  switch (output.kind) {
    case 'json':
      return JSON.parse(output.json) as PredictionValue;
    case 'text':
      return output.text;
    case 'labels':
      return output.labels;
    case 'tensor':
      return output.tensor;
    case 'media':
      return { mediaType: output.mediaType, bytes: output.bytes };
  }
}
