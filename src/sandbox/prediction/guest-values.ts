/** Values of wit/prediction.wit as they cross the border of a component. */
import type { ValueType } from '../../element-types.ts';
import type { PlacedPicture } from '../../media/decode-placed.ts';

export interface GuestTensor {
  elementType: ValueType;
  shape: Uint32Array;
  data: Uint8Array<ArrayBuffer>;
}

export type GuestInputValue =
  | { tag: 'picture'; val: Omit<PlacedPicture, 'kept'> }
  | { tag: 'sound'; val: bigint }
  | { tag: 'text' | 'json'; val: string }
  | { tag: 'file'; val: Uint8Array }
  | { tag: 'tensor'; val: GuestTensor };

export interface GuestInput {
  name: string;
  value: GuestInputValue;
}

export type GuestParameterValue =
  | { tag: 'boolean'; val: boolean }
  | { tag: 'integer'; val: bigint }
  | { tag: 'number'; val: number }
  | { tag: 'text'; val: string };

export interface GuestRequest {
  inputs: readonly GuestInput[];
  parameters: readonly { name: string; value: GuestParameterValue }[];
  wanted: readonly string[];
}

export type GuestOutputValue =
  | { tag: 'json' | 'text'; val: string }
  | { tag: 'labels'; val: readonly { label: string; score: number }[] }
  | { tag: 'tensor'; val: GuestTensor }
  | { tag: 'media'; val: { mediaType: string; data: Uint8Array<ArrayBuffer> } };

export interface GuestOutput {
  name: string;
  value: GuestOutputValue;
}

/** About what an output takes. */
export function bytesOf({ value }: GuestOutput): number {
  switch (value.tag) {
    case 'json':
    case 'text':
      return value.val.length;
    case 'labels':
      return value.val.reduce((sum, { label }) => sum + label.length + LABEL_BYTES, 0);
    case 'tensor':
    case 'media':
      return value.val.data.byteLength;
  }
}

/** Counted for a label besides its text. */
const LABEL_BYTES = 32;
