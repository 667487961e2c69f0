import { SETTING_SOURCES } from '../config/setting-sources.ts';

/** Replaces the keys of settings in a message by their flags. */
export function byFlags(message: string): string {
  return message.replaceAll(/\bthe setting (\w+)/g, (text, key: string) => {
    const source = SETTING_SOURCES.find(({ path }) => path.at(-1) === key);
    return source === undefined ? text : source.flag;
  });
}
