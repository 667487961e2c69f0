/** A live sound and the model's component brought together, from the first sound to the component's answer. */
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError } from '../../errors.ts';
import type { LiveOptions } from '../api/live.ts';
import type { ServedComponent } from '../models/served-component.ts';
import { checkTranscript, type GuestTranscript } from '../tasks/check-answer.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import type { LiveSession } from './live-transcription.ts';
import { watchLive } from './live-watch.ts';

export async function transcribeLiveWith(
  model: ServedComponent,
  live: LiveSession,
  { language, prompt }: LiveOptions,
  scope: RequestScope,
  limits: ServiceLimits,
): Promise<void> {
  const { deadlineMs } = model.folder.limits;
  scope.setModelDeadline(limits.liveSoundSeconds * 1_000 + deadlineMs);
  using _watch = watchLive(live, { ...limits, deadlineMs }, (reason) => scope.abort(reason));
  const given = new Promise<void>((resolve) => {
    scope.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([live.begun, given]);
  scope.signal.throwIfAborted();
  scope.begin();
  const transcript = await model.call(
    {
      function: 'transcribe',
      args: [{ language, prompt, temperature: undefined, wordTimestamps: false }],
      live: { ring: live.ring.shared, onReport: live.report, onStart: (wake) => live.feed.attach(wake) },
      check: (value) => checkTranscript(value as GuestTranscript),
    },
    scope,
  );
  if (!live.feed.over)
    throw new SandpiperError('wrong-answer', 'The component ended before its live sound did.');
  if (transcript.text !== '') live.report(restOf(transcript, live.feed.length));
}

/** What the component had not settled while it worked. */
function restOf({ text, segments }: GuestTranscript, end: number): Parameters<LiveSession['report']>[0] {
  const tokens = Uint32Array.from(segments.flatMap((segment) => [...segment.tokens]));
  const [first] = segments;
  const averageLogProbability = first?.averageLogProbability ?? 0;
  return { kind: 'turn', text, start: 0, end, tokens, averageLogProbability };
}
