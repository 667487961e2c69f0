/** The events that clients of the Realtime API send in a transcription session. */
import { z } from 'zod';
import { invalidRequest } from '../../../errors.ts';
import { RequestFieldError, checkFields, unsupportedField } from '../../exchange/request-field-error.ts';
import { betaSessionSchema, sessionSchema } from './session-settings.ts';

const base64 = { error: 'expected samples in base64' };
const event_id = z
  .string({ error: 'expected a text' })
  .max(512, 'expected at most 512 characters')
  .optional();

const EVENTS = {
  'session.update': z.object({ event_id, session: sessionSchema }),
  'transcription_session.update': z.object({ event_id, session: betaSessionSchema }),
  'input_audio_buffer.append': z.object({
    event_id,
    audio: z
      .string(base64)
      .refine((text) => text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text), base64)
      .transform((text) => Buffer.from(text, 'base64')),
  }),
  'input_audio_buffer.commit': z.object({ event_id }),
  'input_audio_buffer.clear': z.object({ event_id }),
} as const;

type EventType = keyof typeof EVENTS;
export type ClientEvent = {
  [Type in EventType]: { type: Type } & z.output<(typeof EVENTS)[Type]>;
}[EventType];

/** Most commas, or brackets, of a message. An event has a few, and samples in base64 have none. */
const MAX_MARKS = 1_000;

/** @throws SandpiperError `invalid-request`, `unsupported-request` */
export function readClientEvent(message: Readonly<Record<string, unknown>>): ClientEvent {
  const { type } = message;
  if (typeof type !== 'string')
    throw new RequestFieldError('type', 'Field "type": expected the name of an event.');
  if (!Object.hasOwn(EVENTS, type)) {
    throw unsupportedField(
      'type',
      `There is no event "${type.slice(0, 100)}" in a transcription session: there are ${Object.keys(EVENTS).join(', ')}.`,
    );
  }
  const schema: z.ZodType<object> = EVENTS[type as EventType];
  return { type, ...checkFields(schema, message) } as ClientEvent;
}

/** The id that the client gave an event, which errors about it name. */
export function eventIdOf({ event_id: id }: Readonly<Record<string, unknown>>): string | null {
  return typeof id === 'string' ? id.slice(0, 512) : null;
}

/** @throws SandpiperError `invalid-request` */
export function parseMessage(text: string): Record<string, unknown> {
  try {
    assertPlain(text);
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Refused below.
  }
  throw invalidRequest('Expected an event: one object in JSON.');
}

/** @throws Error for JSON that would take far more memory than its text */
function assertPlain(text: string): void {
  for (const mark of [',', '[', '{']) {
    let count = 0;
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1))
      if (++count > MAX_MARKS) throw new Error('no event has so many parts');
  }
}
