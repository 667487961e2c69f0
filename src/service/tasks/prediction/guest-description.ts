/** `description` of wit/prediction.wit as it comes out of the sandbox: of these types, and with any content. */
import type { ValueType } from '../../../element-types.ts';
import type { Occurrence } from '../../api/predictions.ts';

export interface GuestDescription {
  inputs: readonly { name: string; description: string; kind: GuestInputKind; occurrence: Occurrence }[];
  parameters: readonly { name: string; description: string; kind: GuestParameterKind }[];
  outputs: readonly { name: string; description: string; kind: GuestOutputKind; optional: boolean }[];
}

export interface GuestTensorPort {
  elementType: ValueType;
  shape: readonly (number | undefined)[];
}

export interface GuestPictureInput {
  size:
    | { tag: 'exact'; val: { width: number; height: number; fit: 'crop' | 'pad' | 'stretch' } }
    | { tag: 'bounded'; val: { longestSide: number; multiple: number; enlarge: boolean } };
  filter: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';
  format: 'rgb8' | 'gray8';
  regions: boolean;
}

export type GuestInputKind =
  | { tag: 'picture'; val: GuestPictureInput }
  | { tag: 'sound'; val: { sampleRate: number } }
  | { tag: 'text' | 'file' }
  | { tag: 'json'; val: string | undefined }
  | { tag: 'tensor'; val: GuestTensorPort };

export interface GuestRange<Value> {
  minimum: Value | undefined;
  maximum: Value | undefined;
  default: Value | undefined;
}

export type GuestParameterKind =
  | { tag: 'boolean'; val: boolean | undefined }
  | { tag: 'integer'; val: GuestRange<bigint> }
  | { tag: 'number'; val: GuestRange<number> }
  | { tag: 'text'; val: { choices: readonly string[]; default: string | undefined } };

export type GuestOutputKind =
  | { tag: 'json'; val: string | undefined }
  | { tag: 'text' | 'labels' }
  | { tag: 'tensor'; val: GuestTensorPort }
  | { tag: 'media'; val: readonly string[] };

/** A component's description of itself that cannot be served. The message is the end of a sentence. */
export class BadDescription extends Error {}
