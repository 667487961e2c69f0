/** The same value again and again: short to write down, and a whole list in JSON. */
export class Repeated {
  /** @param {unknown} value @param {number} count */
  constructor(value, count) {
    this.value = value;
    this.count = count;
  }

  toJSON() {
    return Array(this.count).fill(this.value);
  }
}
