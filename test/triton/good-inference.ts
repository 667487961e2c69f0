/** Inference as it should be, in JSON, in binary, compressed and as classes; and what is just beside it. */
import { deflateSync, gzipSync } from 'node:zlib';
import { binaryBody, bytesOf, lengthPrefixed, rawBody } from '../support/infer-client.ts';
import {
  binaryOutput,
  floats,
  get,
  infer,
  json,
  more,
  output,
  sized,
  tensor,
  text,
  x,
  type ComparedRequest,
} from './request-forms.ts';

export const IN_JSON: readonly ComparedRequest[] = [
  json('JSON, flat', 'fp32', { inputs: [x] }),
  json('JSON, nested', 'matrix', {
    inputs: [
      tensor(
        'FP32',
        [2, 3],
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ),
    ],
  }),
  json('JSON, nested otherwise than the shape', 'matrix', {
    inputs: [
      tensor(
        'FP32',
        [2, 3],
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ),
    ],
  }),
  json('JSON, two inputs', 'add', {
    inputs: [tensor('FP32', [1, 4], [1, 2, 3, 4]), tensor('FP32', [1, 4], [-1, -2, -3, -4], 'w')],
  }),
  json('JSON, a batch', 'add', {
    inputs: [tensor('FP32', [2, 4], Array(8).fill(1)), tensor('FP32', [2, 4], Array(8).fill(2), 'w')],
  }),
  json('JSON, an id', 'fp32', { id: 'a"b', inputs: [x] }),
  json('JSON, a version', 'fp32/versions/1', { inputs: [x] }),
  json('JSON, an output that is named', 'fp32', { inputs: [x], ...output() }),
  json('JSON, an empty list of outputs', 'fp32', { inputs: [x], outputs: [] }),
  json('JSON, BYTES', 'bytes', { inputs: [tensor('BYTES', [3], ['', 'Grüße', 'a"\\b'])] }),
  text(
    'JSON, INT64 to the last digit',
    'int64',
    '{"inputs":[{"name":"x","shape":[2],"datatype":"INT64","data":[9223372036854775807,-9223372036854775808]}]}',
  ),
  get('statistics after one request', '/v2/models/int64/stats'),
  text(
    'JSON, negative zero',
    'fp32',
    '{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[-0.0,0.0]}]}',
  ),
  json('JSON, an empty tensor', 'fp32', { inputs: [tensor('FP32', [0], [])] }),
  json('JSON, a whole number for FP32', 'fp32', { inputs: [tensor('FP32', [1], [7])] }),
  json('JSON, fields that nobody knows', 'fp32', { extra: 1, inputs: [{ ...x, more: {} }] }),
  more(json('JSON, with the length of its JSON', 'fp32', { inputs: [x] }), {
    'inference-header-content-length': String(JSON.stringify({ inputs: [x] }).length),
  }),
  more(json('JSON, whatever its type says', 'fp32', { inputs: [x] }), { 'content-type': 'text/plain' }),
];

const pressed = (
  name: string,
  coding: string,
  press: (body: Buffer) => Uint8Array<ArrayBuffer>,
): ComparedRequest => {
  const { body, headers } = binaryBody(
    { inputs: [sized('FP32', [3], 12)], ...binaryOutput },
    floats(1, 2, 3),
  );
  return infer(name, 'fp32', {
    body: press(Buffer.from(body)),
    headers: { ...headers, 'content-encoding': coding },
  });
};
const many = Array.from({ length: 2_000 }, (_, index) => index % 7);

export const IN_BINARY: readonly ComparedRequest[] = [
  infer('binary in, JSON out', 'fp32', binaryBody({ inputs: [sized('FP32', [3], 12)] }, floats(1, 2, 3))),
  infer(
    'binary in and out',
    'fp32',
    binaryBody({ inputs: [sized('FP32', [3], 12)], ...binaryOutput }, floats(1, NaN, -Infinity)),
  ),
  json('JSON in, binary out', 'fp32', { inputs: [x], ...binaryOutput }),
  json('an output in binary', 'fp32', { inputs: [x], ...output({ binary_data: true }) }),
  json('an output in JSON over a request in binary', 'fp32', {
    inputs: [x],
    ...binaryOutput,
    ...output({ binary_data: false }),
  }),
  json('a request in binary whose output says nothing', 'fp32', {
    inputs: [x],
    ...binaryOutput,
    ...output(),
  }),
  infer(
    'one input in binary, one in JSON',
    'add',
    binaryBody(
      { inputs: [tensor('FP32', [1, 4], [1, 1, 1, 1]), sized('FP32', [1, 4], 16, 'w')] },
      floats(1, 2, 3, 4),
    ),
  ),
  infer(
    'binary FP16',
    'fp16',
    binaryBody({ inputs: [sized('FP16', [2], 4)], ...binaryOutput }, bytesOf(Float16Array.of(1.5, -2))),
  ),
  infer(
    'binary BYTES',
    'bytes',
    binaryBody({ inputs: [sized('BYTES', [2], 13)], ...binaryOutput }, lengthPrefixed('abc', 'de')),
  ),
  infer('raw', 'fp32', rawBody(floats(1, 2, 3))),
  infer('raw, a fixed shape', 'matrix', rawBody(floats(1, 2, 3, 4, 5, 6))),
  infer('raw, to two inputs', 'add', rawBody(floats(1, 2, 3, 4))),
  infer('raw, two variable dimensions', 'wild', rawBody(floats(1))),
  infer('raw, too few bytes', 'matrix', rawBody(floats(1))),
  infer('raw, BYTES of any number', 'bytes', rawBody(Buffer.from('abc'))),
  pressed('request in gzip', 'gzip', gzipSync),
  pressed('request in deflate', 'deflate', deflateSync),
  pressed('request in a coding that nobody knows', 'zstd', (body) => Buffer.from(body)),
  pressed('request that is not the gzip it says', 'gzip', (body) => Buffer.from(body)),
  more(json('answer in gzip', 'fp32', { inputs: [tensor('FP32', [2_000], many)] }), {
    'accept-encoding': 'gzip',
  }),
  more(json('answer in deflate', 'fp32', { inputs: [tensor('FP32', [2_000], many)] }), {
    'accept-encoding': 'deflate',
  }),
  more(json('a small answer in gzip', 'fp32', { inputs: [x] }), { 'accept-encoding': 'gzip' }),
  json('classification', 'fp32', {
    inputs: [tensor('FP32', [3], [0.25, 3, 1])],
    ...output({ classification: 2 }),
  }),
  json('classification of a batch', 'add', {
    inputs: [tensor('FP32', [2, 4], [1, 2, 3, 4, 8, 7, 6, 5]), tensor('FP32', [2, 4], Array(8).fill(0), 'w')],
    ...output({ classification: 1 }),
  }),
  json('classification, more than there are', 'fp32', { inputs: [x], ...output({ classification: 9 }) }),
  json('classification, equal values', 'fp32', {
    inputs: [tensor('FP32', [3], [1, 1, 1])],
    ...output({ classification: 2 }),
  }),
  json('classification in binary', 'fp32', {
    inputs: [x],
    ...output({ classification: 1, binary_data: true }),
  }),
  json('classification of none', 'fp32', { inputs: [x], ...output({ classification: 0 }) }),
];
