/** A client that keeps its connections, for load in a closed loop. */
import { Agent, request } from 'node:http';

export interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
  ms: number;
}

export class HttpClient implements Disposable {
  readonly #agent: Agent;
  readonly #url: URL;

  constructor(url: string, connections: number) {
    this.#url = new URL(url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  async post(path: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const started = performance.now();
    const { hostname, port } = this.#url;
    const message = request(
      {
        hostname,
        port,
        path,
        method: 'POST',
        agent: this.#agent,
        headers: { 'content-length': body.byteLength, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers: answered } = response;
          resolve({
            status,
            headers: answered,
            body: Buffer.concat(chunks),
            ms: performance.now() - started,
          });
        });
      },
    );
    message.on('error', reject);
    message.end(body);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** `clients` callers that each send the next request when the last is answered, `requests` in all. */
export async function closedLoop(
  clients: number,
  requests: number,
  send: (index: number) => Promise<Answer>,
): Promise<{ answers: Answer[]; perSecond: number }> {
  const answers: Answer[] = [];
  let next = 0;
  const started = performance.now();
  const caller = async () => {
    while (next < requests) answers.push(await send(next++));
  };
  await Promise.all(Array.from({ length: clients }, caller));
  const bad = answers.find(({ status }) => status !== 200);
  if (bad !== undefined) throw new Error(`a request was answered ${bad.status}: ${bad.body.toString()}`);
  return { answers, perSecond: (1000 * requests) / (performance.now() - started) };
}
