import type { Timing } from '../../service/api/request.ts';

/**
 * The stages of a request as a `Server-Timing` header, in milliseconds: `queue;dur=0.1, media;dur=6.2,
 * guest;dur=14.0, instantiate;dur=0.0, compute;dur=12.9, total;dur=20.5`. `instantiate` and `compute` are
 * parts of `guest`, and `total` spans them all.
 */
export function serverTiming(timing: Timing): string {
  const stages = ['queue', 'media', 'guest', 'instantiate', 'compute', 'total'] as const;
  return stages.map((stage) => `${stage};dur=${timing[stage].toFixed(2)}`).join(', ');
}
