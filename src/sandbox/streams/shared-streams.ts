/** The standard streams of a command, as its guest thread and the main thread share them. */
import { SharedPipe } from './shared-pipe.ts';

/** Each from {@link SharedPipe.allocate}. */
export interface SharedStreams {
  stdin: SharedArrayBuffer;
  stdout: SharedArrayBuffer;
  stderr: SharedArrayBuffer;
}

export function allocateStreams(): SharedStreams {
  return { stdin: SharedPipe.allocate(), stdout: SharedPipe.allocate(), stderr: SharedPipe.allocate() };
}
