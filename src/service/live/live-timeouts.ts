/** The timeouts of a live session: for a client that sends nothing, a sound without speech, and a component that is stuck. */
import { monotonicMs } from '../../async/clock.ts';
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError, unusableInput } from '../../errors.ts';
import type { LiveSession } from './live-session.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * @param limits its `deadlineMs` is what the component may take for the sound that is there
 * @param end called once, with the reason, when a timeout has passed
 */
export function enforceLiveTimeouts(
  live: Pick<LiveSession, 'ring' | 'cameAt' | 'silentSeconds'>,
  limits: Pick<ServiceLimits, 'liveIdleMs' | 'liveSilenceMs'> & { deadlineMs: number },
  end: (reason: SandpiperError) => void,
): Disposable {
  const { liveIdleMs, liveSilenceMs, deadlineMs } = limits;
  let beats = -1;
  let beatAt = monotonicMs();
  const look = (): SandpiperError | undefined => {
    const now = monotonicMs();
    const { ring, cameAt } = live;
    if (ring.asleep || ring.beats !== beats) beatAt = now;
    beats = ring.beats;
    if (now - beatAt > deadlineMs) {
      return new SandpiperError(
        'deadline-exceeded',
        `What came of the sound was not transcribed within the model's deadline of ${deadlineMs} ms.`,
      );
    }
    if (cameAt !== undefined && now - cameAt > liveIdleMs) {
      return new SandpiperError(
        'upload-too-slow',
        `Nothing has come of the sound for ${liveIdleMs} ms, as long as liveIdleMs allows.`,
      );
    }
    if (live.silentSeconds * 1_000 > liveSilenceMs) {
      return unusableInput(
        `Nobody has spoken for ${liveSilenceMs} ms of the sound, as long as liveSilenceMs allows.`,
      );
    }
    return undefined;
  };
  const timer = setInterval(
    () => {
      const reason = look();
      if (reason === undefined) return;
      clearInterval(timer);
      end(reason);
    },
    Math.min(LOOK_EVERY_MS, liveIdleMs / 4),
  ).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
