/** Damage to ONNX models that leaves them protobuf: fields are repeated, moved, renamed and given telling numbers. */
import { PbfReader, PbfWriter } from 'pbf';
import type { Random } from './random.ts';

interface Field {
  number: number;
  wire: number;
  value: number | Uint8Array | Field[];
  kind: Kind | undefined;
}

type Kind = keyof typeof MESSAGES;

/** Which fields of which message hold which message; all others are numbers, text and data. */
const MESSAGES = {
  model: { 7: 'graph', 8: 'opset', 14: 'leaf', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  graph: { 1: 'node', 5: 'tensor', 11: 'value', 12: 'value', 13: 'value', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  function: { 7: 'node', 9: 'opset', 11: 'attribute' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  value: { 2: 'type' },
  type: { 1: 'tensorType', 4: 'sequence', 9: 'sequence' },
  sequence: { 1: 'type' },
  tensorType: { 2: 'shape' },
  shape: { 1: 'leaf' },
  tensor: {},
  opset: {},
  leaf: {},
} as const satisfies Record<string, Readonly<Record<number, string>>>;

const VARINT = 0;
const BYTES = 2;
const NUMBERS = [
  0,
  1,
  2,
  3,
  7,
  8,
  16,
  64,
  255,
  2 ** 16,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  2 ** 53 - 1,
  -1,
];
const OPERATORS = (
  'Neg Concat Reshape Expand Tile Gather GatherND ScatterND Slice Pad Resize Conv ConvTranspose MaxPool MatMul Gemm ' +
  'Einsum TopK OneHot Range ConstantOfShape If Loop Scan SequenceConstruct SequenceMap SplitToSequence Split Where ' +
  'CumSum Trilu EyeLike NonZero Unique LSTM GRU QuantizeLinear DequantizeLinear QLinearConv Cast BitShift StringConcat ' +
  'RegexFullMatch StringSplit DFT STFT GridSample RoiAlign NonMaxSuppression Compress Col2Im Identity Optional f0'
).split(' ');
const OPERATOR_FIELD = 4;

/** One to six changes. @param other of which pieces are taken */
export function mutateGraph(original: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const model = parsed(original, 'model');
  const donor = parsed(other, 'model');
  for (let left = 1 + random.below(6); left > 0; left--) change(model, donor, random);
  return written(model);
}

function change(model: Field[], donor: Field[], random: Random): void {
  const places = messagesOf(model, 'model');
  if (places.length === 0) return;
  const { fields, kind } = random.pick(places);
  const at = random.below(fields.length);
  const field = fields[at];
  if (field === undefined) return;
  switch (random.below(8)) {
    case 0:
      fields.splice(at, 1);
      return;
    case 1:
      for (let times = random.pick([1, 1, 2, 50]); times > 0; times--) fields.push(structuredClone(field));
      return;
    case 2:
      fields.push(...fields.splice(at, 1));
      return;
    case 3: {
      const alike = messagesOf(donor, 'model').filter(
        (place) => place.kind === kind && place.fields.length > 0,
      );
      if (alike.length > 0) fields.push(structuredClone(random.pick(random.pick(alike).fields)));
      return;
    }
    case 4:
      // A name that something else has.
      return renamed(places, field, random);
    case 5: {
      const nodes = places.filter((place) => place.kind === 'node');
      const operator = nodes.length === 0 ? undefined : random.pick(nodes).fields.find(isOperator);
      if (operator !== undefined) operator.value = Buffer.from(random.pick(OPERATORS));
      return;
    }
    default:
      return reworked(field, random);
  }
}

function isOperator({ number, wire }: Field): boolean {
  return number === OPERATOR_FIELD && wire === BYTES;
}

function renamed(places: readonly Place[], field: Field, random: Random): void {
  if (!(field.value instanceof Uint8Array)) return;
  const texts = places.flatMap(({ fields }) => fields).filter(({ value }) => value instanceof Uint8Array);
  field.value = random.pick(texts).value;
}

function reworked(field: Field, random: Random): void {
  const { value } = field;
  if (typeof value === 'number') field.value = random.pick(NUMBERS);
  else if (value instanceof Uint8Array) {
    const packed = new PbfWriter();
    for (let left = 1 + random.below(4); left > 0; left--) packed.writeVarint(random.pick(NUMBERS));
    const changed = Uint8Array.from(value);
    changed[random.below(Math.max(1, value.length))] = random.below(256);
    field.value = random.pick([packed.finish(), changed, value.slice(0, random.below(value.length + 1))]);
  } else field.value = [...value, ...structuredClone(value)];
}

interface Place {
  fields: Field[];
  kind: Kind;
}

function messagesOf(fields: Field[], kind: Kind): Place[] {
  const inside = fields.flatMap((field) =>
    Array.isArray(field.value) && field.kind !== undefined ? messagesOf(field.value, field.kind) : [],
  );
  return fields.length === 0 ? inside : [{ fields, kind }, ...inside];
}

function parsed(bytes: Uint8Array, kind: Kind): Field[] {
  const reader = new PbfReader(bytes);
  const kinds: Readonly<Record<number, Kind>> = MESSAGES[kind];
  const fields: Field[] = [];
  while (reader.pos < reader.length) {
    const key = reader.readVarint();
    const field: Field = { number: key >> 3, wire: key & 7, value: 0, kind: kinds[key >> 3] };
    if (field.wire === VARINT) field.value = reader.readVarint(true);
    else if (field.wire === BYTES) {
      const content = Uint8Array.from(reader.readBytes());
      field.value = field.kind === undefined ? content : parsed(content, field.kind);
    } else field.value = reader.readFixed32();
    fields.push(field);
  }
  return fields;
}

function written(fields: readonly Field[]): Uint8Array {
  const pbf = new PbfWriter();
  for (const { number, wire, value } of fields) {
    if (Array.isArray(value)) pbf.writeBytesField(number, written(value));
    else if (value instanceof Uint8Array) pbf.writeBytesField(number, value);
    else if (wire === VARINT) pbf.writeVarintField(number, value);
    else pbf.writeFixed32Field(number, value);
  }
  return pbf.finish();
}
