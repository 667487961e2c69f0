import { VALUE_TYPE_OF } from '../../../element-types.ts';
import type { OutputTerms, PredictionTerms } from '../../../sandbox/prediction/prediction-terms.ts';
import type { OutputDescription, PredictionDescription } from '../../api/predictions.ts';

/** The terms of a component's calls, from its own description. */
export function toPredictionTerms({ inputs, outputs }: PredictionDescription): PredictionTerms {
  const schemas = inputs.flatMap((input) =>
    input.kind === 'json' && input.schema !== undefined ? [[input.name, input.schema] as const] : [],
  );
  return {
    inputSchemas: new Map(schemas),
    outputs: new Map(outputs.map((output) => [output.name, toTerms(output)])),
  };
}

function toTerms(output: OutputDescription): OutputTerms {
  const { optional } = output;
  switch (output.kind) {
    case 'json':
      return { optional, kind: 'json', schema: output.schema };
    case 'tensor': {
      const shape = output.shape.map((size) => (size === -1 ? undefined : size));
      return { optional, kind: 'tensor', elementType: VALUE_TYPE_OF[output.datatype], shape };
    }
    case 'media':
      return { optional, kind: 'media', mediaTypes: output.mediaTypes };
    case 'text':
    case 'labels':
      return { optional, kind: output.kind };
  }
}
