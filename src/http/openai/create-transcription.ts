import type { Request, Response } from 'express';
import { SandpiperError } from '../../errors.ts';
import type { TranscribeOptions } from '../../service/api/tasks.ts';
import type { ConventionParts, RouteHandler } from '../routing/route.ts';
import { refuseBeforeBody } from '../exchange/refuse-before-body.ts';
import { findModel } from '../exchange/find-model.ts';
import type { TakeFile } from '../body/coming-file.ts';
import { isMultipart, readMultipart } from '../body/multipart-body.ts';
import { contextOf, optionsOf, tellTiming } from '../exchange/request-context.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';
import { formatTranscript } from './transcript-formats.ts';
import { transcribeWhileItComes } from './transcribe-while-it-comes.ts';
import { TranscriptStream } from './transcript-stream.ts';
import { assertAble, readTranscriptionForm, type TranscriptionForm } from './transcription-form.ts';

interface CheckedRequest {
  readonly model: string;
  readonly file: Uint8Array;
  readonly form: TranscriptionForm;
  readonly options: TranscribeOptions;
}

/** `POST /v1/audio/transcriptions`: transcribes a sound file, as one answer or as a stream. */
export const createTranscription: RouteHandler = async (request, response, parts) => {
  const checked = await readRequest(request, response, parts);
  if (checked === 'answered') return;
  await (checked.form.stream ? streamTranscript : answerTranscript)(checked, response, parts);
};

/** @throws SandpiperError for everything that can be checked without decoding the file */
async function readRequest(
  request: Request,
  response: Response,
  parts: ConventionParts,
): Promise<CheckedRequest | 'answered'> {
  const { service, limits } = parts;
  if (!isMultipart(request)) {
    throw new SandpiperError(
      'unsupported-media',
      'Send a multipart/form-data body with the fields "file" and "model".',
    );
  }
  const context = contextOf(response);
  const speech = service.models().filter(({ task }) => task === 'speech-transcription');
  const names = speech.map(({ name }) => name);
  refuseBeforeBody(service, names, request, context);
  let answered = false;
  const takeLive: TakeFile = async (file) => {
    answered = await transcribeWhileItComes(file, request, response, parts);
    return answered;
  };
  const { file, fields } = await readMultipart(request, response, 'file', limits.uploadBytes, takeLive);
  if (answered) return 'answered';
  const form = readTranscriptionForm(fields);
  const model = findModel(service, form.model);
  context.model = model;
  assertAble(model, form);
  if (file === undefined) {
    throw new RequestFieldError('file', 'Send a sound file in the form\'s field "file".');
  }
  if (file.length === 0) throw new RequestFieldError('file', 'The sound file is empty.');
  const options = { ...form.options, ...optionsOf(context) };
  return { model: model.name, file, form, options };
}

async function answerTranscript(
  { model, file, form, options }: CheckedRequest,
  response: Response,
  { service }: ConventionParts,
): Promise<void> {
  const transcription = await service.transcribe(model, file, options);
  tellTiming(response, transcription.timing);
  const { type, body } = formatTranscript(transcription, form);
  response.type(type).send(body);
}

async function streamTranscript(
  { model, file, options }: CheckedRequest,
  response: Response,
  { service, limits }: ConventionParts,
): Promise<void> {
  using stream = new TranscriptStream(response, limits);
  const transcription = await service.transcribe(model, file, {
    ...options,
    onProgress: (update) => stream.add(update),
  });
  contextOf(response).timing = transcription.timing;
  stream.complete(transcription);
}
