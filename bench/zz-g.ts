import { buildGuest } from '../test/support/attack-guest.ts';
import { AttackHost } from '../test/support/attack-host.ts';
import { measureGrowth } from './isolation/growth.ts';
const A = [
  'trap',
  'deep-recursion',
  'grow-memory',
  'log-flood',
  'output-flood',
  'leak-tensors',
  'forged-handle',
  'loop-forever',
];
const host = await AttackHost.open(2);
await host.install('good@1', await buildGuest('good'));
for (const n of A) await host.install(`${n}@1`, await buildGuest(n));
console.log(JSON.stringify(await measureGrowth(host, A, 10000), null, 1));
process.exit(0);
