/**
 * Server-sent events of an answer, each as the object that it holds in JSON.
 *
 * @param {Response} response
 * @returns {AsyncGenerator<any>}
 * @throws {Error} for an event named `error`, in its words
 */
export async function* eventsOf(response) {
  let text = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data === undefined || data === '[DONE]') continue;
      const value = JSON.parse(data);
      if (/^event: error$/m.test(event)) throw new Error(value.error?.message ?? 'The transcription failed.');
      yield value;
    }
  }
}
