/** Fills the curl examples of the API's description with the reader's address and models. */
import type { Request } from 'express';
import type { InferenceService } from '../../service/api/tasks.ts';

/** Placeholders in the document for values that depend on the request. */
export const BLANKS = {
  url: 'http://address.of.this.service',
  model: 'NAME-OF-A-MODEL',
  sound: 'NAME-OF-A-SPEECH-MODEL',
  vectors: 'NAME-OF-AN-EMBEDDING-MODEL',
} as const;

/** A host that needs no escaping in HTML, JSON and a shell. */
const PLAIN_HOST = /^[\w.:[\]-]{1,255}$/;

/** @param service the reader's view of the service: no other model is named */
export function fillExamples(text: string, request: Request, service: InferenceService): string {
  const host = request.get('host') ?? '';
  const models = service.models();
  const named = (task: string): string | undefined => models.find((model) => model.task === task)?.name;
  const values: Record<keyof typeof BLANKS, string | undefined> = {
    url: PLAIN_HOST.test(host) ? `http://${host}` : undefined,
    model: named('image-classification') ?? models[0]?.name,
    sound: named('speech-transcription'),
    vectors: named('feature-extraction'),
  };
  return (Object.keys(BLANKS) as (keyof typeof BLANKS)[]).reduce(
    (filled, key) => filled.replaceAll(BLANKS[key], values[key] ?? BLANKS[key]),
    text,
  );
}
