/** Runs the component for a live session: waits for the first sound, calls it, and returns when it has returned. */
import { onAbort } from '../../async/on-abort.ts';
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError } from '../../errors.ts';
import type { LiveOptions } from '../api/live.ts';
import type { LiveWork } from '../models/guest-work.ts';
import type { LiveAbility } from '../models/component-task.ts';
import type { ServedModel } from '../models/served-model.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import type { LiveSession } from './live-session.ts';
import { enforceLiveTimeouts } from './live-timeouts.ts';

export async function runLiveSession(
  { model, ability }: { model: ServedModel; ability: LiveAbility },
  live: LiveSession,
  { language, prompt }: LiveOptions,
  scope: RequestScope,
  limits: ServiceLimits,
): Promise<void> {
  const { deadlineMs } = model.folder.limits;
  scope.setModelDeadline(limits.liveSoundSeconds * 1_000 + deadlineMs);
  using _watch = enforceLiveTimeouts(live, { ...limits, deadlineMs }, (reason) => scope.abort(reason));
  const aborted = Promise.withResolvers<void>();
  using _listener = onAbort(scope.signal, aborted.resolve);
  await Promise.race([live.begun, aborted.promise]);
  scope.signal.throwIfAborted();
  scope.begin();
  const work: LiveWork = {
    ring: live.ring.shared,
    onReport: live.report,
    onStart: (wake) => live.buffer.attach(wake),
  };
  const transcript = await ability.transcribe(work, { language, prompt }, scope);
  if (!live.buffer.over)
    throw new SandpiperError('wrong-answer', 'The component ended before its live sound did.');
  if (transcript.text !== '') live.report(restOf(transcript, live.buffer.length));
}

type Rest = Awaited<ReturnType<LiveAbility['transcribe']>>;

/** The text that the component returned in place of settling it before: the session's last turn. */
function restOf({ text, segments }: Rest, end: number): Parameters<LiveSession['report']>[0] {
  const tokens = Uint32Array.from(segments.flatMap((segment) => [...segment.tokens]));
  const averageLogProbability = segments[0]?.averageLogProbability ?? 0;
  return { kind: 'turn', text, start: 0, end, tokens, averageLogProbability };
}
