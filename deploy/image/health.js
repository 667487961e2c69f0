// Exit code 0 when the service in this container is ready. The image has no other program that could ask.
import { get } from 'node:http';

const port = process.env['SANDPIPER_PORT'] || '8080';
const answers = await Promise.all(['127.0.0.1', '::1'].map(ask));
process.exitCode = answers.includes(200) ? 0 : 1;

/** @param {string} host @returns {Promise<number | undefined>} */
async function ask(host) {
  return new Promise((resolve) => {
    get({ host, port, path: '/v2/health/ready', timeout: 4_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('timeout', () => resolve(undefined))
      .on('error', () => resolve(undefined));
  });
}
