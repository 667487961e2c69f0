/** The events that clients of the Realtime API send in a transcription session. */
import { z } from 'zod';
import { SandpiperError, invalidRequest } from '../../../errors.ts';
import { RequestFieldError, checkFields } from '../../exchange/request-field-error.ts';
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

/** An error about an event, with the event's id if it has a readable one. */
export class EventError extends Error {
  readonly error: SandpiperError;
  readonly eventId: string | undefined;

  constructor(error: SandpiperError, eventId: string | undefined) {
    super(error.message);
    this.error = error;
    this.eventId = eventId;
  }
}

/** Most commas, or brackets, of a message. An event has a few, and samples in base64 have none. */
const MAX_MARKS = 1_000;

/** @throws EventError */
export function readClientEvent(text: string): ClientEvent {
  const value = parse(text);
  const eventId = typeof value['event_id'] === 'string' ? value['event_id'].slice(0, 512) : undefined;
  const { type } = value;
  try {
    if (typeof type !== 'string')
      throw new RequestFieldError('type', 'Field "type": expected the name of an event.');
    if (!Object.hasOwn(EVENTS, type)) {
      throw new RequestFieldError(
        'type',
        `There is no event "${type.slice(0, 100)}" in a transcription session: there are ${Object.keys(EVENTS).join(', ')}.`,
        'unsupported-request',
      );
    }
    const schema: z.ZodType<object> = EVENTS[type as EventType];
    return { type, ...checkFields(schema, value) } as ClientEvent;
  } catch (error) {
    if (error instanceof SandpiperError) throw new EventError(error, eventId);
    throw error;
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    assertPlain(text);
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Refused below.
  }
  throw new EventError(invalidRequest('Expected an event: one object in JSON.'), undefined);
}

/** @throws Error for JSON that would take far more memory than its text */
function assertPlain(text: string): void {
  for (const mark of [',', '[', '{']) {
    let count = 0;
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1))
      if (++count > MAX_MARKS) throw new Error('no event has so many parts');
  }
}
