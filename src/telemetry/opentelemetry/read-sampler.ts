/** Which requests are followed, as `OTEL_TRACES_SAMPLER` says; by default all that no caller has decided about. */
import { getStringFromEnv } from '@opentelemetry/core';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.ts';

const USUAL = 'parentbased_always_on';

const SAMPLERS: Readonly<Record<string, (argument: number) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (share) => new TraceIdRatioBasedSampler(share),
  parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: (share) => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
};

export function readSampler(logger: Logger): Sampler {
  const name = getStringFromEnv('OTEL_TRACES_SAMPLER') ?? USUAL;
  const argument = getStringFromEnv('OTEL_TRACES_SAMPLER_ARG');
  const share = Number(argument ?? 1);
  const make = Object.hasOwn(SAMPLERS, name) ? SAMPLERS[name] : undefined;
  if (make === undefined) {
    const known = Object.keys(SAMPLERS).join(', ');
    logger.warn(`OTEL_TRACES_SAMPLER: expected one of ${known}, got ${name.slice(0, 40)}; ${USUAL} is used.`);
  }
  const usable = share >= 0 && share <= 1;
  if (!usable) {
    logger.warn(
      `OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1, got ${argument?.slice(0, 40)}; 1 is used.`,
    );
  }
  return (make ?? SAMPLERS[USUAL] ?? (() => new AlwaysOnSampler()))(usable ? share : 1);
}
