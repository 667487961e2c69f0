import { getNumberFromEnv } from '@opentelemetry/core';

/** A standard variable that holds a positive number, or its default. */
export function numberOr(name: string, usual: number): number {
  const value = getNumberFromEnv(name);
  return value !== undefined && value > 0 ? value : usual;
}
