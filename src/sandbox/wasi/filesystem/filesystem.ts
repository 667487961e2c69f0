/** wasi:filesystem: the granted folders as preopened descriptors. */
import type { WasiPart } from '../load-wasi.ts';
import type { WasiHost } from '../wasi-host.ts';
import { Descriptor } from './descriptor.ts';
import { DirectoryEntryStream } from './directory-entry-stream.ts';

export function makeFilesystem(host: WasiHost): WasiPart {
  const imports = {
    'wasi:filesystem/preopens': {
      getDirectories: () => [...host.folders].map(([path, image]) => [new Descriptor(host, image), path]),
    },
    'wasi:filesystem/types': {
      Descriptor,
      DirectoryEntryStream,
      // Reading from memory does not fail, so no stream error is ever one of a file.
      filesystemErrorCode: () => undefined,
    },
  };
  return { imports };
}
