/** The curl lines of the API's description, made true for whoever reads them: address and models are the reader's own. */
import type { Request } from 'express';
import type { InferenceService } from '../../service/api/tasks.ts';

/** What stands in the document in the place of what only a request tells. */
export const BLANKS = {
  url: 'http://address.of.this.service',
  model: 'NAME-OF-A-MODEL',
  sound: 'NAME-OF-A-SPEECH-MODEL',
} as const;

/** A host that can stand in a page, in JSON and in a shell as it is. */
const PLAIN_HOST = /^[\w.:[\]-]{1,255}$/;

/** @param service as the reader may see it: no other model is named */
export function fillExamples(text: string, request: Request, service: InferenceService): string {
  const host = request.get('host') ?? '';
  const models = service.models();
  const named = (task: string): string | undefined => models.find((model) => model.task === task)?.name;
  const values: Record<keyof typeof BLANKS, string | undefined> = {
    url: PLAIN_HOST.test(host) ? `http://${host}` : undefined,
    model: named('image-classification') ?? models[0]?.name,
    sound: named('speech-transcription'),
  };
  return (Object.keys(BLANKS) as (keyof typeof BLANKS)[]).reduce(
    (filled, key) => filled.replaceAll(BLANKS[key], values[key] ?? BLANKS[key]),
    text,
  );
}
