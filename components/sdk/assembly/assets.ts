/** Read-only files of the model, by the names that its manifest gives them. */
import { readAssetBytes } from './abi/imports/host';
import { forgetReceived, returnArea, takeBuffer } from './abi/memory';
import { FailureKind, fail } from './failure';

/** The whole file; null, with a failure, if the manifest lists no such asset. */
export function readAsset(name: string): Uint8Array | null {
  readAssetBytes(changetype<usize>(name), name.length, returnArea);
  if (load<u8>(returnArea) != 0) {
    fail(FailureKind.Internal, `the manifest lists no asset "${name}"`);
    return null;
  }
  const buffer = takeBuffer(load<usize>(returnArea, 4), load<usize>(returnArea, 8));
  forgetReceived();
  return Uint8Array.wrap(buffer);
}
