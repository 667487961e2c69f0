/** Good requests beside a stream of each kind of attack: none lost, none wrong, and how late. */
import type { AttackHost } from '../../test/support/attack-host.ts';
import type { Section } from '../support/report.ts';
import { summarise } from '../support/statistics.ts';
import { PATIENCE_MS, type Attacker } from './attack.ts';

interface Beside {
  ms: number[];
  lost: number;
  wrong: number;
  attacks: number;
  /** Attacks that came to something else than they must. */
  astray: number;
}

export async function measureNeighbours(
  host: AttackHost,
  name: string,
  attackers: readonly Attacker[],
  requests: number,
): Promise<Section> {
  const rows = [];
  let spoilt = 0;
  let astray = 0;
  for (const attack of [undefined, ...attackers]) {
    const beside = await goodRequests(host, attack, requests);
    spoilt += beside.lost + beside.wrong;
    astray += beside.astray;
    const { p50, p99 } = summarise(beside.ms);
    rows.push({
      what: attack === undefined ? 'alone' : `beside ${attack.name}`,
      cells: {
        'p50 ms': p50,
        'p99 ms': p99,
        lost: beside.lost,
        wrong: beside.wrong,
        attacks: beside.attacks,
      },
    });
  }
  return {
    name,
    title: `${requests} good requests, two at a time, beside one attacker at a time`,
    rows,
    findings: [
      `${spoilt} good requests were lost or wrong (aim: none)`,
      `${astray} attacks came to something else than they must (aim: none)`,
    ],
  };
}

async function goodRequests(
  host: AttackHost,
  attacker: Attacker | undefined,
  requests: number,
): Promise<Beside> {
  const beside: Beside = { ms: [], lost: 0, wrong: 0, attacks: 0, astray: 0 };
  let left = requests;
  const stopWaiting = () => left > 0;
  const client = async () => {
    while (stopWaiting()) {
      left--;
      const started = performance.now();
      const { outcome, value } = await host.call('good@1', { deadlineMs: PATIENCE_MS });
      beside.ms.push(performance.now() - started);
      if (outcome !== 'value') beside.lost++;
      else if (JSON.stringify(value) !== '[{"index":42,"score":1}]') beside.wrong++;
    }
  };
  const clients = Promise.all([client(), client()]);
  const attacking = async ({ attack }: Attacker) => {
    while (stopWaiting()) {
      if (!(await attack())) beside.astray++;
      beside.attacks++;
    }
  };
  await Promise.all([clients, attacker && attacking(attacker)]);
  return beside;
}
