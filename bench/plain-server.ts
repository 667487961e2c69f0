/**
 * The plainest server of the same model: Express, sharp and onnxruntime-node on one thread, no sandbox, no
 * queue, no limits. What Sandpiper's guarantees cost is measured against it.
 */
import express from 'express';
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { plainPixels } from './support/plain-pixels.ts';

const [folder = 'models/efficientnet-lite0/1'] = process.argv.slice(2);
const SIDE = 224;
const session = await InferenceSession.create(`${folder}/model.onnx`);
const labels = (await readFile(`${folder}/labels.txt`, 'utf8')).trimEnd().split('\n');
const [input = 'input'] = session.inputNames;
const [output = 'logits'] = session.outputNames;

async function classify(photo: Buffer): Promise<{ label: string; score: number }[]> {
  const pixels = await plainPixels(photo);
  const values = new Float32Array(3 * SIDE * SIDE);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      values[channel * SIDE * SIDE + pixel] = ((pixels[pixel * 3 + channel] ?? 0) - 127) / 128;
    }
  }
  const results = await session.run({ [input]: new Tensor('float32', values, [1, 3, SIDE, SIDE]) });
  const logits = results[output]?.data as Float32Array;
  const max = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const exps = Array.from(logits, (logit) => Math.exp(logit - max));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps
    .map((exp, index) => ({ label: labels[index] ?? String(index), score: exp / sum }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, 5);
}

const app = express();
app.post('/classify', express.raw({ type: () => true, limit: '25mb' }), (request, response, next) => {
  classify(request.body as Buffer).then((answer) => response.json(answer), next);
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(
    JSON.stringify({ url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` }),
  );
});
process.once('SIGTERM', () => server.close(() => process.exit(0)));
