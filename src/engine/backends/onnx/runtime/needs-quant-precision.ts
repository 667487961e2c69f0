/**
 * Whether quantised products may overflow on this CPU.
 *
 * On x64 without VNNI, ONNX Runtime multiplies unsigned activations with signed weights in pairs of 16 bits
 * that saturate: the int8 model that scores 89 of 100 pictures elsewhere scored 86 on an emulated Haswell, and
 * 89 again with `session.x64quantprecision`. With VNNI the option only costs time.
 */
import { readFileSync } from 'node:fs';
import { arch } from 'node:process';

export function needsQuantPrecision(): boolean {
  if (arch !== 'x64') return false;
  try {
    return !/\bavx(?:512)?_vnni\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return true; // unknown: prefer right results to fast ones
  }
}
