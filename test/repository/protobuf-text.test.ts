import { expect, test } from 'vitest';
import { parseProtobufText, type TextMessage, type TextValue } from '../../src/repository/protobuf-text.ts';

const plain = (value: TextValue): unknown =>
  typeof value === 'string'
    ? value
    : Object.fromEntries([...value].map(([name, values]) => [name, values.map(plain)]));
const parse = (text: string): unknown => plain(parseProtobufText(text) satisfies TextMessage);

test('a configuration as Triton documents it is read, however it is laid out', () => {
  expect(
    parse(`
      # a comment
      name: "net"   platform: 'onnxruntime_onnx'
      max_batch_size: 8
      input [
        { name: "x", data_type: TYPE_FP32; format: FORMAT_NCHW dims: [ 3, -1, 224 ] },
        { name: "second" dims: [] }
      ]
      output { name: "y" label_filename: "la" 'bels.txt' }
      output: < name: "z" >
      version_policy: { specific: { versions: [1,2] } }
      parameters { key: "a\\"b" value { string_value: "1e-3" } }
      [some.extension/field]: 1.5e-3
    `),
  ).toEqual({
    name: ['net'],
    platform: ['onnxruntime_onnx'],
    max_batch_size: ['8'],
    input: [
      {
        name: ['x'],
        data_type: ['TYPE_FP32'],
        format: ['FORMAT_NCHW'],
        dims: ['3', '-1', '224'],
      },
      { name: ['second'], dims: [] },
    ],
    output: [{ name: ['y'], label_filename: ['labels.txt'] }, { name: ['z'] }],
    version_policy: [{ specific: [{ versions: ['1', '2'] }] }],
    parameters: [{ key: ['a"b'], value: [{ string_value: ['1e-3'] }] }],
    '[some.extension/field]': ['1.5e-3'],
  });
  expect(parse('')).toEqual({});
});

test.each([
  ['name: "net', /line 1: "\\"" was not expected/],
  ['\n\nname net', /line 3: a value was expected, not "net"/],
  ['input {', /a field was expected, not the end/],
  ['input [ { name: "x" }', /"," or "\]" was expected/],
  ['name:', /a value was expected, not the end/],
  ['}', /a field was expected, not "}"/],
  ['a {'.repeat(1_000), /nested too deeply/],
  ['{"name": "json"}', /a field was expected, not "{"/],
  ['a: [[1]]', /a value was expected/],
])('%s is refused, with its line', (text, message) => {
  expect(() => parseProtobufText(text)).toThrow(message);
});
