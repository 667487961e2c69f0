/** The thread of an attacker, so that its work holds up none of those who measure: attacks until its parent says anything. */
import { parentPort, workerData } from 'node:worker_threads';
import { HTTP_ATTACKS, type Target } from './http-attacks.ts';

export interface AttackerData {
  name: string;
  target: Target;
}

/** When everything is made that the attack needs, and when it is over. */
export type FromAttacker = { kind: 'ready' } | { kind: 'over'; attacks: number };

const { name, target } = workerData as AttackerData;
const state = { over: false, attacks: 0 };
parentPort?.once('message', () => (state.over = true));
const attack = await HTTP_ATTACKS.find((each) => each.name === name)?.prepare(target);
tell({ kind: 'ready' });
while (!state.over) {
  await attack?.();
  state.attacks++;
}
tell({ kind: 'over', attacks: state.attacks });

function tell(message: FromAttacker): void {
  parentPort?.postMessage(message);
}
