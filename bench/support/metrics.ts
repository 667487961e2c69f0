/** A server's own numbers. */

/** The lines of /metrics, comments included. */
export async function metricsOf(url: string): Promise<string[]> {
  return (await (await fetch(`${url}/metrics`)).text()).split('\n');
}

/** Milliseconds by which turns of the event loop were late, the 99th percentile since the last look. */
export async function loopDelayMs(url: string): Promise<number> {
  const series = 'sandpiper_event_loop_delay_seconds{statistic="p99"} ';
  const line = (await metricsOf(url)).find((candidate) => candidate.startsWith(series));
  if (line === undefined) throw new Error(`There is no ${series} in ${url}/metrics.`);
  return 1_000 * Number(line.slice(series.length));
}
