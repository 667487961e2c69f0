import { expect, test } from 'vitest';
import { parseManifest } from '../../src/repository/manifest.ts';

const sound = {
  task: 'image-classification',
  component: { builtin: 'image-classifier' },
  graphs: { model: { file: 'model.onnx' } },
  sample: { file: 'cat.jpg', expect: 'cat' },
  licence: 'MIT',
  source: 'here',
};

function problemOf(manifest: unknown): string {
  const parsed = parseManifest(manifest);
  return parsed.success ? '' : parsed.problem;
}

test('a manifest needs no digest to be tried', () => {
  expect(problemOf(sound)).toBe('');
});

test('every fault is told at once: its key, what was found and what is possible', () => {
  const problem = problemOf({
    ...sound,
    task: 'guessing',
    component: 'image-classifier',
    labels: {},
    limits: { memoryBytes: 'much', deadlineMs: 0 },
    grants: { loging: true, http: ['no host!'] },
    smaple: {},
    sample: { file: 'cat.jpg', sha256: 'abc', expect: 'cat' },
  });
  expect(problem.split('; ')).toEqual(
    expect.arrayContaining([
      expect.stringMatching(
        /^task is "guessing": expected one of "speech-transcription", "prediction", .*"tensors", of which "prediction" is any other$/,
      ),
      'component is "image-classifier": expected {"builtin": "image-classifier"} or {"file": "component.wasm"}',
      'labels.file is missing: expected text',
      'limits.memoryBytes is "much": expected a whole number of at least 1, or a size such as 25MB',
      'limits.deadlineMs is 0: expected a whole number of at least 1, or a time such as 10s',
      'grants has no key "loging": "logging" is meant, perhaps',
      'grants.http.0 is "no host!": expected a host such as "api.example.com", "*.example.com:8443" or "http://127.0.0.1:8080"',
      'there is no key "smaple": "sample" is meant, perhaps',
      'sample.sha256 is "abc": expected a SHA-256 in lower-case hexadecimal',
    ]),
  );
  expect(problem.split('; ')).toHaveLength(9);
});

test.each([
  [
    {},
    /^task is missing: expected one of .*; component is missing: .*; graphs is missing: expected an object; /,
  ],
  [5, /^the whole is 5: expected an object$/],
  [null, /^the whole is null: expected an object$/],
  [
    { ...sound, component: { builtin: 'classifier' } },
    /^component\.builtin is "classifier": expected one of image-classifier, .*window-classifier$/,
  ],
  [{ ...sound, component: { bultin: 'x' } }, /component has no key "bultin": "builtin" is meant, perhaps/],
  [{ ...sound, component: { file: 'a.wasm', sha256: 1 } }, /^component.sha256 is 1: expected text$/],
  [{ ...sound, limits: { hops: 1 } }, /^limits has no key "hops": possible are memoryBytes, tableElements, /],
  [
    { graph: { file: 'a' }, task: 'tensor', licence: 'MIT', source: 'x' },
    /^task is "tensor": "tensors" is meant, perhaps$/,
  ],
])('what is wrong with %j is said in words', (manifest, problem) => {
  expect(problemOf(manifest)).toMatch(problem);
});
