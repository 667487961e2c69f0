#!/usr/bin/env node
// Plain JavaScript that any Node since 14 can parse: an older Node would stop at the first TypeScript file
// with a syntax error, and here it can still say what is wrong.

const oldestNode = 24;

async function start() {
  const { main } = await import('./main.ts');
  await main(process.argv);
}

function refuse(sentence) {
  process.stderr.write(`sandpiper: ${sentence}\n`);
  process.exitCode = 1;
}

if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  refuse(
    `Node ${oldestNode} or later is needed and this is Node ${process.versions.node}: start it by \`npm start\`, ` +
      'which uses the Node that `npm ci` installed, or install a newer Node.',
  );
} else {
  start().catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    refuse(`${error.message}: run \`npm ci\` in its directory.`);
  });
}
