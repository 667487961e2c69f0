/** Whole numbers with all their digits, of which a number keeps sixteen. Browsers before 2025 may round them. */
export class Exact {
  /** @param {string} digits */
  constructor(digits) {
    this.digits = digits;
  }

  toJSON() {
    return JSON.rawJSON(this.digits);
  }

  toString() {
    return this.digits;
  }
}

/** @param {string} text @returns {any} */
export function parseExact(text) {
  return JSON.parse(text, keepDigits);
}

/** @param {string} _key @param {any} value @param {{ source?: string }} [context] */
function keepDigits(_key, value, context) {
  const isLong = Number.isInteger(value) && !Number.isSafeInteger(value);
  const digits = isLong ? context?.source : undefined;
  return digits !== undefined && /^-?\d+$/.test(digits) ? new Exact(digits) : value;
}
