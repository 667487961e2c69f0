/** A live sound and the model's component brought together, from the first sound to the component's answer. */
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError } from '../../errors.ts';
import type { LiveOptions } from '../api/live.ts';
import type { LiveWork } from '../models/guest-work.ts';
import type { LiveAbility } from '../models/component-task.ts';
import type { ServedModel } from '../models/served-model.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import type { LiveSession } from './live-transcription.ts';
import { watchLive } from './live-watch.ts';

export async function transcribeLiveWith(
  { model, ability }: { model: ServedModel; ability: LiveAbility },
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
  const work: LiveWork = {
    ring: live.ring.shared,
    onReport: live.report,
    onStart: (wake) => live.feed.attach(wake),
  };
  const options = { ...(language !== undefined && { language }), ...(prompt !== undefined && { prompt }) };
  const transcript = await ability.transcribe(work, options, scope);
  if (!live.feed.over)
    throw new SandpiperError('wrong-answer', 'The component ended before its live sound did.');
  if (transcript.text !== '') live.report(restOf(transcript, live.feed.length));
}

type Rest = Awaited<ReturnType<LiveAbility['transcribe']>>;

/** What the component had not settled while it worked. */
function restOf({ text, segments }: Rest, end: number): Parameters<LiveSession['report']>[0] {
  const tokens = Uint32Array.from(segments.flatMap((segment) => [...segment.tokens]));
  const [first] = segments;
  const averageLogProbability = first?.averageLogProbability ?? 0;
  return { kind: 'turn', text, start: 0, end, tokens, averageLogProbability };
}
