/** One number of a server's /metrics, such as `event_loop_delay_seconds{quantile="0.99"}`; NaN where it is not. */
export async function metricOf(url: string, series: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`sandpiper_${series} `));
  return Number(line?.slice(line.lastIndexOf(' ')) ?? Number.NaN);
}
