import type { Request, Response } from 'express';
import type { ComingFile } from '../body/coming-file.ts';
import { findModel } from '../exchange/find-model.ts';
import { contextOf, optionsOf } from '../exchange/request-context.ts';
import type { ConventionParts } from '../routing/route.ts';
import { assertAble, readTranscriptionForm } from './transcription-form.ts';
import { TranscriptStream } from './transcript-stream.ts';

/**
 * Answers a transcription whose sound is still being sent: a stream is asked for, by fields that come before the file,
 * the body has no length, and file and model are of a kind that can be heard as they come. The deltas are the words
 * that stay.
 *
 * @returns whether it was answered; if not, the file is wanted as a whole
 * @throws SandpiperError
 */
export async function transcribeWhileItComes(
  { stream: sound, head, fields }: ComingFile,
  request: Request,
  response: Response,
  { service, limits }: ConventionParts,
): Promise<boolean> {
  const asked = fields.get('stream') === 'true' && request.get('content-length') === undefined;
  if (!asked || !service.decodesLive(head)) return false;
  const form = readTranscriptionForm(fields);
  const model = findModel(service, form.model);
  assertAble(model, form);
  if (model.speech?.live !== true) return false;
  const context = contextOf(response);
  context.model = model;
  context.live = true;
  using stream = new TranscriptStream(response, limits);
  const { language, prompt } = form.options;
  const options = { ...optionsOf(context), language, prompt };
  const events = service.transcribeLive(model.name, sound, options);
  const segments: { tokens: number[] }[] = [];
  let [text, stable, seconds] = ['', '', 0];
  for await (const event of events) {
    if (event.kind === 'speech-started') seconds = Math.max(seconds, event.seconds);
    if (event.kind !== 'words' && event.kind !== 'turn') continue;
    const added = event.kind === 'words' ? event.stable : event.text.slice(stable.length);
    // Turns are separated by a space.
    const parted = text !== '' && stable === '' && added !== '' ? ` ${added}` : added;
    text += parted;
    stable = event.kind === 'turn' ? '' : stable + added;
    if (event.kind === 'turn') {
      segments.push({ tokens: event.tokens });
      seconds = event.end;
    }
    if (parted !== '') stream.add({ text: parted, seconds });
  }
  stream.complete({ text, segments });
  return true;
}
