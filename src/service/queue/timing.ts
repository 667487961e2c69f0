import type { Span, SpanName } from '../../telemetry/span.ts';
import type { Timing } from '../api/request.ts';

/** Time of each stage of a request, from its spans. Waiting inside a stage counts as queue and not as the stage. */
export function timingOf(request: Span): Timing {
  const sum = (name: SpanName): number => totalMs(request, name);
  const own = (name: SpanName): number =>
    request.children
      .filter((span) => span.name === name)
      .reduce((ms, span) => ms + span.ms - totalMs(span, 'queue'), 0);
  return {
    queue: sum('queue'),
    media: own('media'),
    guest: own('guest'),
    instantiate: sum('instantiate'),
    compute: sum('compute'),
    total: request.ms,
  };
}

/** Milliseconds of all spans of a name below this one. */
function totalMs({ children }: Span, name: SpanName): number {
  return children.reduce((ms, span) => ms + (span.name === name ? span.ms : totalMs(span, name)), 0);
}
