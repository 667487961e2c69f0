/** Functions that a core module may import, by module. */
import type { makePreview1 } from '../preview1/preview1.ts';
import type { coreGraphFacts } from '../../nn/witx/core-graph-facts.ts';
import type { wamrNn } from '../../nn/witx/wamr-nn.ts';
import type { wasiEphemeralNn } from '../../nn/witx/wasi-ephemeral-nn.ts';

/** An object instead of a list, so that the compiler finds missing and unknown names. */
type Named<Functions> = Record<keyof Functions, true>;

const PREVIEW1: Named<ReturnType<typeof makePreview1>> = {
  args_get: true,
  args_sizes_get: true,
  clock_res_get: true,
  clock_time_get: true,
  environ_get: true,
  environ_sizes_get: true,
  fd_advise: true,
  fd_allocate: true,
  fd_close: true,
  fd_datasync: true,
  fd_fdstat_get: true,
  fd_fdstat_set_flags: true,
  fd_fdstat_set_rights: true,
  fd_filestat_get: true,
  fd_filestat_set_size: true,
  fd_filestat_set_times: true,
  fd_pread: true,
  fd_prestat_dir_name: true,
  fd_prestat_get: true,
  fd_pwrite: true,
  fd_read: true,
  fd_readdir: true,
  fd_renumber: true,
  fd_seek: true,
  fd_sync: true,
  fd_tell: true,
  fd_write: true,
  path_create_directory: true,
  path_filestat_get: true,
  path_filestat_set_times: true,
  path_link: true,
  path_open: true,
  path_readlink: true,
  path_remove_directory: true,
  path_rename: true,
  path_symlink: true,
  path_unlink_file: true,
  poll_oneoff: true,
  proc_exit: true,
  proc_raise: true,
  random_get: true,
  sched_yield: true,
  sock_accept: true,
  sock_recv: true,
  sock_send: true,
  sock_shutdown: true,
};

const EPHEMERAL_NN: Named<ReturnType<typeof wasiEphemeralNn>> = {
  load: true,
  load_by_name: true,
  load_by_name_with_config: true,
  init_execution_context: true,
  set_input: true,
  compute: true,
  get_output: true,
  compute_single: true,
  get_output_single: true,
  fini_single: true,
  unload: true,
  finalize_execution_context: true,
};

const WAMR_NN: Named<ReturnType<typeof wamrNn>> = {
  load: true,
  load_by_name: true,
  init_execution_context: true,
  set_input: true,
  compute: true,
  get_output: true,
};

const GRAPH_FACTS: Named<ReturnType<typeof coreGraphFacts>> = { describe: true };

export const CORE_FUNCTIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  wasi_snapshot_preview1: new Set(Object.keys(PREVIEW1)),
  wasi_ephemeral_nn: new Set(Object.keys(EPHEMERAL_NN)),
  wasi_nn: new Set(Object.keys(WAMR_NN)),
  sandpiper_graph_facts: new Set(Object.keys(GRAPH_FACTS)),
};
