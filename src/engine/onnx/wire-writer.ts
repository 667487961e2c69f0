import { PbfWriter } from 'pbf';

/** A field of the given contents: its key and length, then the contents themselves, not copied. */
export function lengthDelimited(field: number, contents: readonly Uint8Array[]): Uint8Array[] {
  const header = new PbfWriter();
  header.writeTag(field, 2);
  header.writeVarint(contents.reduce((sum, part) => sum + part.byteLength, 0));
  return [header.finish(), ...contents];
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/** A name that begins with `stem` and occurs nowhere in the file, and so in none of its names. */
export function unusedName(bytes: Uint8Array, stem: string): string {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; ; i++) if (!file.includes(`${stem}_${i}`)) return `${stem}_${i}`;
}

/** Cast's attribute `to`, an INT (2). */
export function writeCastTarget(elementType: number, attribute: PbfWriter): void {
  attribute.writeStringField(1, 'to');
  attribute.writeVarintField(3, elementType);
  attribute.writeVarintField(20, 2);
}
