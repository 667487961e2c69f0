/** Requests of the Open Inference Protocol byte by byte, as no client library would let a test write them. */

export interface InferReply {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON of the answer. */
  readonly json: InferJson;
  /** The binary tensors behind it, by name. */
  readonly binary: ReadonlyMap<string, Buffer>;
}

interface InferJson {
  error?: string;
  id?: string;
  model_name?: string;
  model_version?: string;
  outputs?: OutputJson[];
}

interface OutputJson {
  name: string;
  datatype: string;
  shape: number[];
  parameters?: { binary_data_size?: number };
  data?: unknown[];
}

export interface InferBody {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Tensors behind a request's JSON, which is to say their sizes itself. */
export function binaryBody(json: object, ...tensors: readonly Uint8Array[]): InferBody {
  const text = Buffer.from(JSON.stringify(json));
  return {
    body: Buffer.concat([text, ...tensors]),
    headers: { 'inference-header-content-length': String(text.byteLength) },
  };
}

/** All of the body is one tensor. */
export function rawBody(tensor: Uint8Array<ArrayBuffer>): InferBody {
  return { body: tensor, headers: { 'inference-header-content-length': '0' } };
}

export function jsonBody(json: unknown): InferBody {
  return { body: JSON.stringify(json), headers: {} };
}

/** BYTES elements, each behind its length. */
export function lengthPrefixed(...elements: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(
    elements.flatMap((element) => {
      const bytes = Buffer.from(element);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.byteLength);
      return [length, bytes];
    }),
  );
}

/** The bytes of a typed array. */
export function bytesOf(values: ArrayBufferView<ArrayBuffer>): Buffer<ArrayBuffer> {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** @param path of the model: `name` or `name/versions/1` */
export async function infer(url: string, path: string, { body, headers }: InferBody): Promise<InferReply> {
  const response = await fetch(`${url}/v2/models/${path}/infer`, {
    method: 'POST',
    body,
    // Unless told, fetch asks for compressed answers.
    headers: { 'accept-encoding': 'identity', ...headers },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const jsonLength = response.headers.get('inference-header-content-length');
  const end = jsonLength === null ? bytes.byteLength : Number(jsonLength);
  const json = JSON.parse(bytes.toString('utf8', 0, end)) as InferJson;
  return { status: response.status, headers: response.headers, json, binary: split(bytes, end, json) };
}

function split(bytes: Buffer, start: number, { outputs = [] }: InferJson): Map<string, Buffer> {
  const tensors = new Map<string, Buffer>();
  let at = start;
  for (const { name, parameters } of outputs) {
    const size = parameters?.binary_data_size;
    if (size === undefined) continue;
    tensors.set(name, bytes.subarray(at, at + size));
    at += size;
  }
  if (at !== bytes.byteLength) throw new Error(`${bytes.byteLength - at} bytes behind the last tensor`);
  return tensors;
}
