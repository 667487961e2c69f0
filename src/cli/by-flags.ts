import { SETTING_SOURCES } from '../config/setting-sources.ts';

/** A message that names settings by their keys, as a program gives them, with the flags that they have here. */
export function byFlags(message: string): string {
  return message.replaceAll(/\bthe setting (\w+)/g, (text, key: string) => {
    const source = SETTING_SOURCES.find(({ path }) => path.at(-1) === key);
    return source === undefined ? text : source.flag;
  });
}
