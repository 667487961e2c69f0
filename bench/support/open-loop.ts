/** Requests at a rate that does not wait for answers, as the world sends them. */
import type { Answer } from './http-client.ts';

export interface OpenLoop {
  answers: Answer[];
  /** Answers of each status a second. */
  perSecond: ReadonlyMap<number, number>;
}

/** Sends `rate` requests a second for `seconds`, and waits for every answer. */
export async function openLoop(
  rate: number,
  seconds: number,
  send: (index: number) => Promise<Answer>,
): Promise<OpenLoop> {
  const asked: Promise<Answer>[] = [];
  const started = performance.now();
  const total = Math.round(rate * seconds);
  while (asked.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * rate));
    while (asked.length < due) asked.push(send(asked.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const answers = await Promise.all(asked);
  const elapsed = (performance.now() - started) / 1000;
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return {
    answers,
    perSecond: new Map([...counts].map(([status, count]) => [status, count / elapsed])),
  };
}
