/** The caller's key: kept for this tab, and gone with it. */
const NAME = 'sandpiper-key';

export function readKey() {
  return sessionStorage.getItem(NAME) ?? '';
}

/** @param {string} key empty: none */
export function keepKey(key) {
  if (key === '') sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key);
}
