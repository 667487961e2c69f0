import { PbfWriter } from 'pbf';
import { describe, expect, test } from 'vitest';
import { OnnxFormatError } from '../../src/engine/backends/onnx/file/format-error.ts';
import { inspectModel } from '../support/inspect-model.ts';
import { FIELD_BUDGET } from '../../src/engine/backends/onnx/file/wire-reader.ts';
import { addModel, identityModel, spinningModel } from '../support/onnx-models.ts';
import { openSession } from '../support/onnx-session.ts';

const text = (value: string) => new TextEncoder().encode(value);

test.each<[string, Uint8Array, RegExp]>([
  ['nothing', new Uint8Array(), /empty/],
  ['a Git LFS pointer', text('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'), /git lfs pull/],
  ['a web page', text('\n\n<!DOCTYPE html><html>'), /web page/],
  ['JSON', text('{"error": "not found"}'), /JSON/],
  ['a zip archive', text('PK\x03\x04rest'), /zip/],
  ['an ORT file', text('\x08\0\0\0ORTM1234'), /ORT format/],
  ['some text', text('hello, world'), /Not an ONNX model/],
  ['another protobuf message', Uint8Array.of(0x08, 1, 0x12, 1, 0x41), /no graph/],
  ['a field 0', Uint8Array.of(0x08, 7, 0x00), /field number/],
  ['a length beyond the end', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f), /longer than/],
  ['a length of 2^63', Uint8Array.of(0x3a, ...new Uint8Array(9).fill(0x80), 1), /longer than/],
  ['a number without end', new Uint8Array(100).fill(0xff), /10 bytes/],
  ['a group', Uint8Array.of(0x3b, 0x3c), /wire type 3/],
  ['an IR version that is text', Uint8Array.of(0x0a, 1, 0x41), /wire type 2 instead of 0/],
])('refuses %s', (_, bytes, message) => {
  expect(() => inspectModel(bytes)).toThrow(OnnxFormatError);
  expect(() => inspectModel(bytes)).toThrow(message);
});

test.each<[string, (pbf: PbfWriter) => void, RegExp]>([
  [
    'a name that is not UTF-8',
    (pbf) => input(pbf, (value) => value.writeBytesField(1, Uint8Array.of(0xff))),
    /UTF-8/,
  ],
  ['a name cut by a NUL', (pbf) => input(pbf, (value) => value.writeStringField(1, 'a\0b')), /unusable/],
  ['an input without a name', (pbf) => input(pbf, () => {}), /unusable/],
  [
    'two inputs of one name',
    (pbf) => [1, 2].forEach(() => input(pbf, (value) => value.writeStringField(1, 'x'))),
    /same name/,
  ],
  ['an unknown element type', (pbf) => typed(pbf, (tensor) => tensor.writeVarintField(1, 99)), /type 99/],
  ['a huge dimension', (pbf) => typed(pbf, (tensor) => shape(tensor, 2 ** 62)), /too large/],
  ['two shapes', (pbf) => typed(pbf, (tensor) => (shape(tensor, 1), shape(tensor, 2))), /shape twice/],
])('refuses %s', (_, write, message) => {
  expect(() => inspectModel(model(write))).toThrow(message);
});

test('refuses two graphs, which protobuf would merge', () => {
  const bytes = addModel('FLOAT', [1]);
  expect(() => inspectModel(Buffer.concat([bytes, bytes]))).toThrow(/graph twice/);
});

test('refuses graphs nested thousands deep without running out of stack', () => {
  let graph = new Uint8Array();
  for (let depth = 0; depth < 2_000; depth++) graph = wrapped(1, wrapped(5, wrapped(6, graph)));
  expect(() => inspectModel(model((pbf) => raw(pbf, graph)))).toThrow(/too deeply/);
});

test('refuses a file of nothing but empty nodes within a second or two', () => {
  const nodes = new Uint8Array(2 * (FIELD_BUDGET + 1));
  for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
  expect(() => inspectModel(model((pbf) => raw(pbf, nodes)))).toThrow(/protobuf fields/);
});

describe('damaged models', () => {
  const whole = [addModel('FLOAT', ['n', 4]), spinningModel(), identityModel('BFLOAT16', [])];

  test('are refused wherever they are cut off', () => {
    for (const bytes of whole)
      for (let length = 0; length < bytes.length; length++)
        expect(reports(bytes.subarray(0, length))).toBeUndefined();
  });

  test('give facts or a clear error with any byte changed, and the names that the runtime sees', () => {
    for (const bytes of whole)
      for (let at = 0; at < bytes.length; at++)
        for (const flip of [0x01, 0x08, 0x80, 0xff]) {
          const damaged = bytes.slice();
          damaged[at] = (damaged[at] ?? 0) ^ flip;
          const facts = reports(damaged);
          const session = opened(damaged);
          if (!facts || !session) continue;
          const required = facts.inputs.filter(({ optional }) => !optional);
          expect(required.map(({ name }) => name)).toEqual(session.inputMetadata.map(({ name }) => name));
          expect(facts.outputs.map(({ name }) => name)).toEqual(
            session.outputMetadata.map(({ name }) => name),
          );
          session.dispose();
        }
  });
});

/** Facts, or nothing when the model was refused as it should be. */
function reports(bytes: Uint8Array): ReturnType<typeof inspectModel> | undefined {
  try {
    return inspectModel(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(OnnxFormatError);
    return undefined;
  }
}

function opened(bytes: Uint8Array): ReturnType<typeof openSession> | undefined {
  try {
    return openSession(bytes);
  } catch {
    return undefined;
  }
}

/** A model whose graph is written by hand. */
function model(graph: (pbf: PbfWriter) => void): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 10);
  pbf.writeMessage(7, (_, out) => graph(out), null);
  pbf.writeBytesField(8, Uint8Array.of(0x10, 22));
  return pbf.finish();
}

function input(graph: PbfWriter, value: (pbf: PbfWriter) => void): void {
  graph.writeMessage(11, (_, out) => value(out), null);
}

function typed(graph: PbfWriter, tensor: (pbf: PbfWriter) => void): void {
  input(graph, (value) => {
    value.writeStringField(1, 'x');
    value.writeMessage(2, (_, type) => type.writeMessage(1, (__, out) => tensor(out), null), null);
  });
}

function shape(tensor: PbfWriter, size: number): void {
  tensor.writeMessage(
    2,
    (_, out) => out.writeMessage(1, (__, dim) => dim.writeVarintField(1, size), null),
    null,
  );
}

/** Fields that are already encoded. */
function raw(pbf: PbfWriter, bytes: Uint8Array): void {
  pbf.realloc(bytes.length);
  pbf.buf.set(bytes, pbf.pos);
  pbf.pos += bytes.length;
}

function wrapped(field: number, contents: Uint8Array): Uint8Array<ArrayBuffer> {
  const pbf = new PbfWriter();
  pbf.writeBytesField(field, contents);
  return new Uint8Array(pbf.finish());
}
