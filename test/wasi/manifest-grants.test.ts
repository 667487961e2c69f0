import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../src/repository/manifest.ts';

const sha256 = '0'.repeat(64);

function parse(grants: unknown): ReturnType<typeof parseManifest> {
  return parseManifest({
    task: 'image-classification',
    component: { builtin: 'image-classifier' },
    graphs: {},
    ...(grants === undefined ? {} : { grants }),
    sample: { file: 'cat.jpg', sha256, expect: 'cat' },
    licence: 'MIT',
    source: 'here',
  });
}

describe('the grants of a manifest', () => {
  it('deny everything by default', () => {
    const denied = {
      logging: false,
      graphLoad: false,
      clocks: false,
      random: false,
      stdio: false,
      exit: false,
    };
    expect(parse(undefined)).toMatchObject({ manifest: { grants: denied } });
    const { manifest } = parse({}) as Extract<ReturnType<typeof parse>, { manifest: unknown }>;
    if (manifest.task === 'tensors') throw new Error('it is no component');
    expect(Object.keys(manifest.grants).toSorted()).toEqual(Object.keys(denied).toSorted());
  });

  it.each([
    { env: { PATH_TO_DATA: '/data', LANG: '' } },
    { args: ['guest', '--quiet'] },
    { folders: { '/data': 'lexicon', '/': 'root', '/a/b.c': 'x/y' } },
    { http: ['api.example.com', '*.example.com:8443', 'http://127.0.0.1:8080', 'https://[::1]:8443'] },
    { sockets: [] },
  ])('take %j', (grants) => {
    expect(parse(grants)).toMatchObject({ manifest: { grants } });
  });

  it.each([
    [{ clock: true }, 'clock'],
    [{ env: { 'A=B': 'c' } }, 'grants.env'],
    [{ env: { A: 'b\0c' } }, 'grants.env.A'],
    [{ args: ['a\0b'] }, 'grants.args.0'],
    [{ folders: { data: 'lexicon' } }, 'grants.folders'],
    [{ folders: { '/data/../etc': 'lexicon' } }, 'grants.folders'],
    [{ folders: { '/data/': 'lexicon' } }, 'grants.folders'],
    [{ folders: { '/data': '' } }, 'grants.folders'],
    [{ http: ['*'] }, 'grants.http.0'],
    [{ http: ['ftp://example.com'] }, 'grants.http.0'],
    [{ http: ['example.com/path'] }, 'grants.http.0'],
    [{ http: ['user@example.com'] }, 'grants.http.0'],
    [{ http: ['*.127.0.0.1'] }, 'grants.http.0'],
    [{ sockets: ['example.com:80'] }, 'grants.sockets'],
  ])('refuse %j', (grants, where) => {
    expect(parse(grants)).toMatchObject({ problem: expect.stringContaining(where) });
  });
});
