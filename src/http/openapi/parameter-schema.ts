/** A parameter of a model that describes itself, as a JSON schema. */
import type { ParameterDescription } from '../../service/api/predictions.ts';
import type { JsonSchema } from '../routing/api-schemas.ts';

export function parameterSchema(parameter: ParameterDescription): JsonSchema {
  const usual = parameter.default !== undefined && { default: parameter.default };
  switch (parameter.kind) {
    case 'boolean':
      return { type: 'boolean', ...usual };
    case 'text':
      return { type: 'string', ...(parameter.choices && { enum: parameter.choices }), ...usual };
    case 'integer':
    case 'number': {
      const { kind, minimum, maximum } = parameter;
      return {
        type: kind,
        ...(minimum !== undefined && { minimum }),
        ...(maximum !== undefined && { maximum }),
        ...usual,
      };
    }
  }
}

export function describedParameter(parameter: ParameterDescription): JsonSchema {
  return { ...parameterSchema(parameter), description: parameter.description };
}
