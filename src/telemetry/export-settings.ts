/** Which of OpenTelemetry's standard variables ask for traces or metrics to be sent. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** The only one of OTLP's protocols that this service speaks. */
const PROTOCOL = 'http/protobuf';

/** @returns what is wanted, and a sentence about each value that nothing here understands */
export function wantedExports(environment: Environment) {
  const warnings: string[] = [];
  if (environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true')
    return { traces: false, metrics: false, warnings };
  const traces = isWanted('TRACES', environment, warnings);
  const metrics = isWanted('METRICS', environment, warnings);
  return { traces, metrics, warnings };
}

function isWanted(signal: 'TRACES' | 'METRICS', environment: Environment, warnings: string[]): boolean {
  const named = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const endpoint = named(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) ?? named('OTEL_EXPORTER_OTLP_ENDPOINT');
  const variable = `OTEL_${signal}_EXPORTER`;
  const exporter = named(variable) ?? (endpoint === undefined ? 'none' : 'otlp');
  if (exporter === 'none') return false;
  if (exporter !== 'otlp') {
    warnings.push(`${variable}: expected otlp or none, got ${exporter.slice(0, 40)}; nothing is sent.`);
    return false;
  }
  const own = `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`;
  const common = 'OTEL_EXPORTER_OTLP_PROTOCOL';
  const protocol = named(own) ?? named(common) ?? PROTOCOL;
  if (protocol === PROTOCOL) return true;
  warnings.push(
    `${signal.toLowerCase()} are not sent: expected ${PROTOCOL} as ${named(own) ? own : common}, got ${protocol.slice(0, 40)}; set that, and an endpoint where the collector takes OTLP by HTTP, by default at port 4318.`,
  );
  return false;
}
