/** wasi:filesystem: the granted folders as preopened descriptors. */
import type { WasiHost, WasiPart } from '../wasi-host.ts';
import { IoError } from '../io/stream-error.ts';
import { Descriptor } from './descriptor.ts';
import { DirectoryEntryStream } from './directory-entry-stream.ts';

export function makeFilesystem(host: WasiHost): WasiPart {
  const imports = {
    'wasi:filesystem/preopens': {
      getDirectories: () =>
        [...host.folders].map(([path, image]) => [
          new Descriptor(host, image, image.writable === true),
          path,
        ]),
    },
    'wasi:filesystem/types': {
      Descriptor,
      DirectoryEntryStream,
      filesystemErrorCode: (error: IoError) => {
        const detail = IoError.detailOf(error);
        return typeof detail === 'string' ? detail : undefined;
      },
    },
  };
  return { imports };
}
