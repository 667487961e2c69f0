/** A server that takes OTLP over HTTP as a collector does, and keeps what it was sent. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { PbfReader } from 'pbf';

export interface SentSpan {
  trace: string;
  id: string;
  parent: string;
  name: string;
  /** 1 internal, 2 server, 3 client. */
  kind: number;
  /** Nanoseconds since 1970. */
  start: bigint;
  end: bigint;
  attributes: Record<string, string | number | boolean>;
  /** 2: error. */
  status: number;
  state: string;
}

export interface SentMetric {
  name: string;
  kind: 'gauge' | 'sum' | 'histogram';
  points: { attributes: SentSpan['attributes']; value: number; buckets: number[]; bounds: number[] }[];
}

export interface OtlpCollector extends AsyncDisposable {
  readonly url: string;
  readonly spans: SentSpan[];
  readonly metrics: SentMetric[];
  /** Attributes of the sender. */
  readonly resource: SentSpan['attributes'];
  /** Requests that came, answered or not. */
  readonly asked: number;
}

/** @param answer another answer than that of a collector */
export async function startCollector(answer?: RequestListener): Promise<OtlpCollector> {
  const spans: SentSpan[] = [];
  const metrics: SentMetric[] = [];
  const resource: SentSpan['attributes'] = {};
  let asked = 0;
  const take = async (request: IncomingMessage): Promise<void> => {
    const body = await buffer(request);
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    for (const batch of messages(bytes, 1)) {
      for (const from of messages(batch, 1)) Object.assign(resource, attributesIn(from, 1));
      for (const scope of messages(batch, 2)) {
        if (request.url === '/v1/traces') spans.push(...messages(scope, 2).map(readSpan));
        else metrics.push(...messages(scope, 2).map(readMetric));
      }
    }
  };
  const server = createServer((request, response) => {
    asked++;
    if (answer !== undefined) return answer(request, response);
    void take(request).then(() => response.setHeader('Content-Type', 'application/x-protobuf').end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metrics,
    resource,
    get asked() {
      return asked;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The value of each field of a Protobuf message: bytes, or a number. */
function fieldsOf(bytes: Uint8Array): [field: number, value: Uint8Array | number | bigint][] {
  const reader = new PbfReader(bytes);
  const fields: [number, Uint8Array | number | bigint][] = [];
  reader.readFields((field, _, pbf) => {
    if (pbf.type === 2) fields.push([field, pbf.readBytes().slice()]);
    else if (pbf.type === 0) fields.push([field, pbf.readVarint(true)]);
    else if (pbf.type === 1) fields.push([field, new DataView(skip(pbf, 8)).getBigUint64(0, true)]);
    else fields.push([field, new DataView(skip(pbf, 4)).getUint32(0, true)]);
  }, {});
  return fields;
}

function skip(pbf: PbfReader, bytes: number): ArrayBuffer {
  const start = pbf.pos;
  pbf.pos += bytes;
  return Uint8Array.from(pbf.buf.subarray(start, start + bytes)).buffer;
}

function messages(bytes: Uint8Array, wanted: number): Uint8Array[] {
  return fieldsOf(bytes).flatMap(([field, value]) =>
    field === wanted && value instanceof Uint8Array ? [value] : [],
  );
}

const numbers = (bytes: Uint8Array, wanted: number) =>
  fieldsOf(bytes).flatMap(([field, value]) =>
    field === wanted && !(value instanceof Uint8Array) ? [value] : [],
  );

const text = (bytes: Uint8Array, field: number) => Buffer.from(messages(bytes, field)[0] ?? []).toString();
const hex = (bytes: Uint8Array, field: number) =>
  Buffer.from(messages(bytes, field)[0] ?? []).toString('hex');

function attributesIn(bytes: Uint8Array, field: number): SentSpan['attributes'] {
  return Object.fromEntries(
    messages(bytes, field).map((pair) => [text(pair, 1), valueOf(messages(pair, 2)[0] ?? new Uint8Array())]),
  );
}

function valueOf(bytes: Uint8Array): string | number | boolean {
  const [field, value] = fieldsOf(bytes)[0] ?? [1, new Uint8Array()];
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (field === 2) return value === 1;
  return field === 4 ? toDouble(value) : Number(value);
}

function toDouble(bits: number | bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(bits));
  return view.getFloat64(0);
}

function readSpan(bytes: Uint8Array): SentSpan {
  const time = (field: number) => BigInt(numbers(bytes, field)[0] ?? 0);
  return {
    trace: hex(bytes, 1),
    id: hex(bytes, 2),
    state: text(bytes, 3),
    parent: hex(bytes, 4),
    name: text(bytes, 5),
    kind: Number(numbers(bytes, 6)[0] ?? 0),
    start: time(7),
    end: time(8),
    attributes: attributesIn(bytes, 9),
    status: Number(numbers(messages(bytes, 15)[0] ?? new Uint8Array(), 3)[0] ?? 0),
  };
}

/** By the field that each kind of metric has. */
const KINDS = { gauge: 5, sum: 7, histogram: 9 } as const;

function readMetric(bytes: Uint8Array): SentMetric {
  const kinds = Object.entries(KINDS) as [SentMetric['kind'], number][];
  const [kind, field] = kinds.find(([, number]) => messages(bytes, number).length > 0) ?? ['gauge', 5];
  const points = messages(messages(bytes, field)[0] ?? new Uint8Array(), 1).map((point) => {
    const packed = (wanted: number) => {
      const [list = new Uint8Array()] = messages(point, wanted);
      const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
      return Array.from({ length: list.byteLength / 8 }, (_, index) => view.getBigUint64(index * 8, true));
    };
    const [value = 0] = numbers(point, kind === 'histogram' ? 5 : 4);
    return {
      attributes: attributesIn(point, kind === 'histogram' ? 9 : 7),
      value: toDouble(value),
      buckets: packed(6).map(Number),
      bounds: packed(7).map(toDouble),
    };
  });
  return { name: text(bytes, 1), kind, points };
}
