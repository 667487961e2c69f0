/** Attacks that reach their guests: a deadline that runs while a request waits in line ends most before they begin. */
import { SandpiperError } from '../../src/errors.ts';
import { buildGuest, listGuests, type Expected } from '../../test/support/attack-guest.ts';
import type { AttackHost } from '../../test/support/attack-host.ts';

/** An attack that is repeated for as long as good requests are measured. */
export interface Attacker {
  name: string;
  /** Whether it came to what it must. */
  attack: () => Promise<boolean>;
}

export interface Attack {
  name: string;
  expected: Expected;
}

/** Long enough for every guest that ends by itself, and for the line before it. */
export const PATIENCE_MS = 60_000;
/** From the moment at which a guest that never ends has its thread. */
const LOOP_MS = 50;

/** A good guest, `good@1`, and those of test/guests that are named. */
export async function installAttacks(host: AttackHost, names: readonly string[]): Promise<Attack[]> {
  await host.install('good@1', await buildGuest('good'));
  const attacks = (await listGuests()).filter(({ name }) => names.includes(name));
  for (const { name, expected } of attacks) await host.install(`${name}@1`, await buildGuest(name), expected);
  return attacks;
}

export function attackerOf(host: AttackHost, attack: Attack): Attacker {
  return { name: attack.name, attack: async () => attackWith(host, attack) };
}

/** @returns whether it came to what it must */
export async function attackWith(host: AttackHost, { name, expected }: Attack): Promise<boolean> {
  const deadline = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const { outcome } = await host.call(`${name}@1`, {
    deadlineMs: PATIENCE_MS,
    signal: deadline.signal,
    onStart: () => {
      if (expected.outcome !== 'deadline') return;
      const late = new SandpiperError('deadline-exceeded', 'It has looped for long enough.');
      timer = setTimeout(() => deadline.abort(late), LOOP_MS);
    },
  });
  clearTimeout(timer);
  return outcome === expected.outcome;
}
