import type { WitFacts } from '../../src/nn/wit-facts.ts';
import { onnxModel } from './onnx-builder.ts';

/** Three inputs, two of them with a value of their own, every kind of dimension, and properties. */
export function toldModel(): Uint8Array<ArrayBuffer> {
  return onnxModel({
    metadata: { author: 'niemand ✓', '': 'no name', __proto__x: 'p', constructor: 'c' },
    inputs: [
      { name: 'Bild ✓', type: 'UINT8', dims: ['batch', 3, null] },
      { name: 'scale', type: 'UINT8', dims: [] },
      { name: 'odd', type: 'UINT16', dims: [1] },
    ],
    outputs: [
      { name: 'y', type: 'UINT8', dims: ['batch', 3, null] },
      { name: 'any', type: 'UINT8' },
    ],
    nodes: [
      { op: 'Add', inputs: ['Bild ✓', 'scale'], outputs: ['y'] },
      { op: 'Identity', inputs: ['y'], outputs: ['any'] },
    ],
    initializers: [
      { name: 'scale', type: 'UINT8', dims: [], data: Uint8Array.of(0) },
      { name: 'odd', type: 'UINT16', dims: [1], data: Uint16Array.of(0) },
    ],
  });
}

const batchByThree: WitFacts['inputs'][number]['dimensions'] = [
  { tag: 'named', val: 'batch' },
  { tag: 'fixed', val: 3n },
  { tag: 'unknown' },
];

/** Facts of its graph that guests see. */
export const TOLD: WitFacts = {
  inputs: [
    { name: 'Bild ✓', ty: 'U8', elementType: 'UINT8', dimensions: batchByThree, optional: false },
    { name: 'scale', ty: 'U8', elementType: 'UINT8', dimensions: [], optional: true },
    {
      name: 'odd',
      ty: undefined,
      elementType: 'UINT16',
      dimensions: [{ tag: 'fixed', val: 1n }],
      optional: true,
    },
  ],
  outputs: [
    { name: 'y', ty: 'U8', elementType: 'UINT8', dimensions: batchByThree, optional: false },
    { name: 'any', ty: 'U8', elementType: 'UINT8', dimensions: undefined, optional: false },
  ],
  metadata: [
    ['author', 'niemand ✓'],
    ['', 'no name'],
    ['__proto__x', 'p'],
    ['constructor', 'c'],
  ],
};
