/** The part that descriptions of inputs and outputs share. Private to the SDK. */
import { ANY_SIZE } from '../graph-facts';
import { keepBlock, storeString } from '../abi/memory';
import { ElementType } from './values';

/** Writes an `option<string>`: 12 bytes. */
export function storeOptionalString(at: usize, text: string | null): void {
  store<u8>(at, <u8>(text != null));
  if (text) storeString(at + 4, text);
}

/** Writes a `list<string>`: 8 bytes. */
export function storeStrings(at: usize, texts: string[]): void {
  const list = keepBlock((<usize>texts.length) << 3);
  for (let i = 0; i < texts.length; i++) storeString(list + ((<usize>i) << 3), texts[i]);
  store<usize>(at, list);
  store<usize>(at, texts.length, 4);
}

/** Writes a `tensor-port`: 12 bytes. */
export function storeTensorPort(at: usize, elementType: ElementType, shape: i64[]): void {
  const list = keepBlock((<usize>shape.length) << 3);
  for (let i = 0; i < shape.length; i++) {
    const size = list + ((<usize>i) << 3);
    store<u8>(size, <u8>(shape[i] != ANY_SIZE));
    store<u32>(size, <u32>shape[i], 4);
  }
  store<u8>(at, <u8>elementType);
  store<usize>(at, list, 4);
  store<usize>(at, shape.length, 8);
}
