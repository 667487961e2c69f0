/** How the requests of the comparison are written. */
import { bytesOf, jsonBody, type InferBody } from '../support/infer-client.ts';

export interface ComparedRequest {
  readonly name: string;
  /** POST where there is a body, otherwise GET. */
  readonly method?: string;
  readonly path: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields that Triton answers beyond ours are ignored. */
  readonly ourFields?: boolean;
}

export const floats = (...values: number[]): Buffer<ArrayBuffer> => bytesOf(Float32Array.from(values));
export const tensor = (datatype: string, shape: readonly unknown[], data: unknown, name = 'x') => ({
  name,
  shape,
  datatype,
  data,
});
export const sized = (datatype: string, shape: number[], bytes: number, name = 'x') => ({
  name,
  shape,
  datatype,
  parameters: { binary_data_size: bytes },
});
export const x = tensor('FP32', [3], [1, 2, 3]);
export const binaryOutput = { parameters: { binary_data_output: true } };
export const output = (parameters?: object, name = 'y') => ({
  outputs: [{ name, ...(parameters && { parameters }) }],
});

export const get = (name: string, path: string): ComparedRequest => ({ name, path });
export const post = (name: string, path: string, body: string): ComparedRequest => ({ name, path, body });
export const infer = (name: string, model: string, { body, headers }: InferBody): ComparedRequest => ({
  name,
  path: `/v2/models/${model}/infer`,
  body: typeof body === 'string' ? body : Buffer.from(body),
  headers,
});
export const json = (name: string, model: string, request: unknown): ComparedRequest =>
  infer(name, model, jsonBody(request));
export const text = (name: string, model: string, body: string): ComparedRequest =>
  infer(name, model, { body, headers: {} });
export const more = (request: ComparedRequest, headers: Record<string, string>): ComparedRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
});
