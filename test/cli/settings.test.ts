import { describe, expect, test } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { SETTING_SOURCES, readSettings } from '../../src/config/read-settings.ts';
import { resolveSettings, type SettingsInput } from '../../src/config/settings.ts';

describe('resolveSettings()', () => {
  test('needs nothing from an embedder', () => {
    expect(resolveSettings()).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      models: 'models',
      limits: SERVICE_LIMITS,
    });
  });

  test('keeps the other limits where one is given', () => {
    expect(resolveSettings({ limits: { uploadBytes: 5 } }).limits).toEqual({
      ...SERVICE_LIMITS,
      uploadBytes: 5,
    });
  });

  test.each([
    [{ port: 1.5 }, 'Cannot use port: expected a whole number from 0 to 65535, not 1.5.'],
    [{ host: '' }, 'Cannot use host: expected a host name or address, not "".'],
    [
      { limits: { graceMs: 0 } },
      'Cannot use limits.graceMs: expected a whole number from 1 to 15000000, or a time such as 10s, not 0.',
    ],
    [{ prot: 1 }, 'There is no setting "prot": "port" is meant, perhaps.'],
  ])('refuses %j', (input, message) => {
    expect(() => resolveSettings(input as SettingsInput)).toThrow(
      expect.objectContaining({ code: 'invalid-config', message }),
    );
  });
});

describe('readSettings()', () => {
  test('prefers a flag to the environment and both to the default', () => {
    const settings = readSettings(
      { '--port': '1', '--upload-bytes': '7' },
      { SANDPIPER_PORT: '2', SANDPIPER_HOST: '::1', SANDPIPER_MODELS: '' },
    );
    expect(settings).toMatchObject({ port: 1, host: '::1', models: 'models', limits: { uploadBytes: 7 } });
  });

  test('names what was given by its own name', () => {
    expect(() => readSettings({ '--port': 'x' }, { SANDPIPER_PORT: '1' })).toThrow('Cannot use --port: ');
    expect(() => readSettings({}, { SANDPIPER_GRACE_MS: '-1' })).toThrow('Cannot use SANDPIPER_GRACE_MS: ');
  });

  test('takes truth values and lists as text', () => {
    expect(
      readSettings({ '--open': 'true' }, { SANDPIPER_CORS_ORIGINS: 'http://a, https://b:1' }),
    ).toMatchObject({
      open: true,
      corsOrigins: ['http://a', 'https://b:1'],
    });
    expect(readSettings({}, { SANDPIPER_OPEN: '0' }).open).toBe(false);
    expect(() => readSettings({}, { SANDPIPER_OPEN: 'yes' })).toThrow(
      'Cannot use SANDPIPER_OPEN: expected true or false, not "yes".',
    );
  });

  test('switches off by a flag what is on by itself', () => {
    expect(readSettings({}, {}).page).toBe(true);
    expect(readSettings({ '--no-page': 'false' }, { SANDPIPER_PAGE: 'true' }).page).toBe(false);
    expect(readSettings({}, { SANDPIPER_PAGE: '0' }).page).toBe(false);
  });

  test('has a flag and a variable for every setting', () => {
    const settings = resolveSettings();
    const plain = new Set([...Object.keys(settings), 'keys']).size - 1;
    const count = plain + Object.keys(settings.limits).length;
    expect(new Set(SETTING_SOURCES.map(({ flag }) => flag)).size).toBe(count);
  });
});
