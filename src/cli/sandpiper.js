#!/usr/bin/env node
// Plain JavaScript that any Node since 14 can parse: an older Node would stop at the first TypeScript file
// with a syntax error, and here it can still say what is wrong.

import { readFileSync } from 'node:fs';

const oldestNode = 24;

async function start() {
  const { main } = await import('./main.ts');
  await main(process.argv);
}

function refuse(sentence) {
  process.stderr.write(`sandpiper: ${sentence}\n`);
  process.exitCode = 1;
}

/** As an installed package it may have a Node beside it, which npx then uses. */
function remedy() {
  if (!import.meta.url.includes('/node_modules/')) {
    return 'start it by `npm start`, which uses the Node that `npm ci` installed, or install a newer Node.';
  }
  const { optionalDependencies } = JSON.parse(
    readFileSync(new URL('../../deploy/package/node/package.json', import.meta.url), 'utf8'),
  );
  const platform = process.platform.replace('win32', 'win');
  const found = Object.entries(optionalDependencies).find(([name]) =>
    name.endsWith(`-${platform}-${process.arch}`),
  );
  return found === undefined
    ? 'install a newer Node.'
    : `install a newer Node, or run \`npm install ${found.join('@')}\` here, and \`npx sandpiper\` uses it.`;
}

if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  refuse(`Node ${oldestNode} or later is needed and this is Node ${process.versions.node}: ${remedy()}`);
} else {
  start().catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    refuse(`${error.message}: run \`npm ci\` in its directory.`);
  });
}
