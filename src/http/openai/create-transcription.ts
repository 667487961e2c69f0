import type { RequestHandler } from 'express';
import { SandpiperError } from '../../errors.ts';
import type { ConventionParts } from '../convention.ts';
import { refuseEarly } from '../early-refusal.ts';
import { findModel } from '../find-model.ts';
import { isMultipart, readMultipart } from '../multipart-body.ts';
import { contextOf, optionsOf } from '../request-context.ts';
import { RequestFieldError } from '../request-field-error.ts';
import { serverTiming } from '../server-timing.ts';
import { formatTranscript } from './transcript-formats.ts';
import { readTranscriptionForm } from './transcription-form.ts';

/** `POST /v1/audio/transcriptions`: a form with a sound file to its text. */
export function createTranscription({ service, limits }: ConventionParts): RequestHandler {
  return async (request, response) => {
    const context = contextOf(response);
    if (!isMultipart(request)) {
      throw new SandpiperError(
        'unsupported-media',
        'Send a multipart/form-data body with the fields "file" and "model".',
      );
    }
    const speech = service.models().filter(({ task }) => task === 'speech-transcription');
    refuseEarly(
      service,
      speech.map(({ name }) => name),
      request,
      context,
    );
    const { file, fields } = await readMultipart(request, response, 'file', limits.uploadBytes);
    const form = readTranscriptionForm(fields);
    const model = findModel(service, form.model);
    context.model = model.name;
    if (model.task !== 'speech-transcription') {
      throw new RequestFieldError('model', `Model "${model.name}" does not transcribe speech.`);
    }
    if (file === undefined)
      throw new RequestFieldError('file', 'Send a sound file in the form\'s field "file".');
    if (file.length === 0) throw new RequestFieldError('file', 'The sound file is empty.');

    const transcription = await service.transcribe(model.name, file, {
      ...form.options,
      ...optionsOf(context),
    });
    context.timing = transcription.timing;
    const { type, body } = formatTranscript(transcription, form);
    response.set('Server-Timing', serverTiming(transcription.timing)).type(type).send(body);
  };
}
