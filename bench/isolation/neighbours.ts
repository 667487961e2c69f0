/** Good requests beside a stream of each kind of attack: none lost, none wrong, and how late. */
import type { AttackHost } from '../../test/support/attack-host.ts';
import type { Section } from '../support/report.ts';
import { summarise } from '../support/statistics.ts';

const REQUESTS = 200;
/** Of a good request; an attack has less, so that many of them pass by. */
const GOOD_DEADLINE_MS = 10_000;
const ATTACK_DEADLINE_MS = 50;

interface Beside {
  ms: number[];
  lost: number;
  wrong: number;
  attacks: number;
}

export async function measureNeighbours(host: AttackHost, attacks: readonly string[]): Promise<Section> {
  const rows = [];
  let spoilt = 0;
  for (const attack of [undefined, ...attacks]) {
    const beside = await goodRequests(host, attack);
    spoilt += beside.lost + beside.wrong;
    const { p50, p99 } = summarise(beside.ms);
    rows.push({
      what: attack === undefined ? 'alone' : `beside ${attack}`,
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
    name: 'neighbours',
    title: `${REQUESTS} good requests, two at a time, beside one attacker at a time`,
    rows,
    findings: [`${spoilt} good requests were lost or wrong (aim: none)`],
  };
}

async function goodRequests(host: AttackHost, attack: string | undefined): Promise<Beside> {
  const beside: Beside = { ms: [], lost: 0, wrong: 0, attacks: 0 };
  let left = REQUESTS;
  const goesOn = () => left > 0;
  const client = async () => {
    while (goesOn()) {
      left--;
      const started = performance.now();
      const { outcome, value } = await host.call('good@1', { deadlineMs: GOOD_DEADLINE_MS });
      beside.ms.push(performance.now() - started);
      if (outcome !== 'value') beside.lost++;
      else if (JSON.stringify(value) !== '[{"index":42,"score":1}]') beside.wrong++;
    }
  };
  const clients = Promise.all([client(), client()]);
  const attacker = async (name: string) => {
    while (goesOn()) {
      await host.call(`${name}@1`, { deadlineMs: ATTACK_DEADLINE_MS });
      beside.attacks++;
    }
  };
  await Promise.all([clients, attack === undefined ? undefined : attacker(attack)]);
  return beside;
}
