import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { faultsOfBill, type Bill } from '../../deploy/package/check-supply.ts';
import { faultsOf, readLock, type LockedPackage } from '../../deploy/package/lock.ts';
import nodePackage from '../../deploy/package/node/package.json' with { type: 'json' };
import { repository } from '../support/readme.ts';

const lock = await readLock();
const onnxRuntime = join(repository, 'node_modules/onnxruntime-node/bin/napi-v6');

/** ONNX Runtime is there for it, and the Node that is pinned is not: README.md says so. */
const WITHOUT_NODE = ['win32/arm64'];

describe('package-lock.json', () => {
  test('pins every package with its integrity, and has npm run none of their scripts', () => {
    expect(Object.keys(lock.packages).length).toBeGreaterThan(300);
    expect(faultsOf(lock)).toEqual([]);
  });

  test.each<[string, LockedPackage, RegExp]>([
    ['that has no integrity', { version: '1.0.0' }, /node_modules\/a has no integrity/],
    ['that runs a script', { integrity: 'sha512-', hasInstallScript: true }, /would run a script/],
  ])('would not pass with a package %s', (_, locked, fault) => {
    expect(faultsOf({ packages: { ...lock.packages, 'node_modules/a': locked } })).toEqual([
      expect.stringMatching(fault),
    ]);
  });

  test('names what package.json asks for, and each of that in one exact version', () => {
    const { dependencies, devDependencies } = packageJson;
    expect(lock.packages['']).toMatchObject({ dependencies, devDependencies });
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^(?:\d+\.\d+\.\d+|file:deploy\/package\/\w+)$/.test(version),
    );
    expect(loose).toEqual([]);
  });
});

describe('The Node of npm scripts', () => {
  const packages = Object.entries(nodePackage.optionalDependencies);

  test('is one version, pinned for every platform like any other package', () => {
    for (const [name, version] of packages) {
      expect(version).toBe(nodePackage.version);
      expect(lock.packages[`node_modules/${name}`]).toMatchObject({
        version,
        integrity: expect.stringMatching(/^sha512-/),
      });
    }
  });

  test('is there for every platform that ONNX Runtime is there for, but those that README.md names', () => {
    const platforms = readdirSync(onnxRuntime).flatMap((os) =>
      readdirSync(join(onnxRuntime, os)).map((cpu) => `${os}/${cpu}`),
    );
    const pinned = packages.map(([name]) => {
      const { os, cpu } = lock.packages[`node_modules/${name}`] as { os?: string; cpu?: string };
      return `${os}/${cpu}`;
    });
    expect([...pinned, ...WITHOUT_NODE].toSorted()).toEqual(platforms.toSorted());
  });
});

describe('The bill of materials', () => {
  const bill = (licence: object, name = 'a'): Bill => ({
    components: [
      {
        'bom-ref': `${name}@1.0.0`,
        name,
        version: '1.0.0',
        hashes: [{ alg: 'SHA-512' }],
        licenses: [licence],
      },
    ],
  });

  test.each([
    ['a permissive licence', bill({ license: { id: 'MIT' } })],
    ['a choice of which one is permissive', bill({ expression: '(GPL-3.0-only OR MIT)' })],
    [
      'weak copyleft where it is known',
      bill({ license: { id: 'LGPL-3.0-or-later' } }, '@img/sharp-libvips-linux-x64'),
    ],
    [
      'permissive and known weak copyleft together',
      bill({ expression: 'Apache-2.0 AND LGPL-3.0-or-later' }, '@img/sharp-win32-x64'),
    ],
  ])('passes with %s', (_, good) => {
    expect(faultsOfBill(good)).toEqual([]);
  });

  test.each([
    ['copyleft', bill({ license: { id: 'GPL-3.0-only' } })],
    ['weak copyleft in a package that nobody looked at', bill({ license: { id: 'LGPL-3.0-or-later' } })],
    ['one of two licences that is not allowed', bill({ expression: 'MIT AND GPL-3.0-only' })],
    ['no licence', bill({})],
  ])('does not pass with %s', (_, bad) => {
    expect(faultsOfBill(bad)).toEqual([expect.stringMatching(/^a@1\.0\.0 has the licence /)]);
  });

  test('does not pass with a package that has no hash', () => {
    const components = [
      { 'bom-ref': 'a@1.0.0', name: 'a', version: '1.0.0', licenses: [{ license: { id: 'MIT' } }] },
    ];
    expect(faultsOfBill({ components })).toEqual(['a@1.0.0 has no hash in the bill of materials.']);
  });
});
