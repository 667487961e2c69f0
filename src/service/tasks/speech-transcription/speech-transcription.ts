import { checkSoundInput, type SoundInput } from '../../../media/sound-input.ts';
import type { TaskDefinition } from '../task-definition.ts';
import { Transcriber } from './transcriber.ts';

/** wit/speech-transcriber.wit: a sound in, its text out. */
export const SPEECH_TRANSCRIPTION: TaskDefinition = {
  target: 'sandpiper:inference/speech-transcription@0.1.0',
  names: ['speech-transcription'],
  bind: (model, described, media) => new Transcriber(model, checkSoundInput(described as SoundInput), media),
};
