/** A server's own numbers. */

/** The lines of /metrics, comments included. */
export async function metricsOf(url: string): Promise<string[]> {
  return (await (await fetch(`${url}/metrics`)).text()).split('\n');
}

/** One of them, such as `event_loop_delay_seconds{quantile="0.99"}`; NaN where it is not. */
export async function metricOf(url: string, series: string): Promise<number> {
  const line = (await metricsOf(url)).find((candidate) => candidate.startsWith(`sandpiper_${series} `));
  return Number(line?.slice(line.lastIndexOf(' ')) ?? Number.NaN);
}

/** Milliseconds by which turns of the event loop were late, the 99th percentile since the last look. */
export async function loopDelayMs(url: string): Promise<number> {
  return 1000 * (await metricOf(url, 'event_loop_delay_seconds{quantile="0.99"}'));
}
