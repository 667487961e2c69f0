/** The bytes of a tiny ONNX model: `input` of the given dimensions, flattened to `scores` [1, n]. */

/** ONNX's numbers of element types. */
export const ELEMENT = { FP32: 1, U8: 2, FP16: 10 } as const;

export function flattenModel(type: keyof typeof ELEMENT, dimensions: number[]): Uint8Array<ArrayBuffer> {
  const count = dimensions.reduce((a, b) => a * b, 1);
  const node = [...text(1, 'input'), ...text(2, 'scores'), ...text(4, 'Flatten')];
  const graph = [
    ...message(1, node),
    ...text(2, 'flatten'),
    ...message(11, port('input', type, dimensions)),
    ...message(12, port('scores', type, [1, count])),
  ];
  const opset = number(2, 13);
  return Uint8Array.from([...number(1, 8), ...message(7, graph), ...message(8, opset)]);
}

function port(name: string, type: keyof typeof ELEMENT, dimensions: number[]): number[] {
  const shape = dimensions.flatMap((size) => message(1, number(1, size)));
  const tensor = [...number(1, ELEMENT[type]), ...message(2, shape)];
  return [...text(1, name), ...message(2, message(1, tensor))];
}

function number(field: number, value: number): number[] {
  return [field << 3, ...varint(value)];
}

function text(field: number, value: string): number[] {
  return message(field, [...new TextEncoder().encode(value)]);
}

function message(field: number, bytes: number[]): number[] {
  return [(field << 3) | 2, ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}
