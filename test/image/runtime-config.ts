/** The configuration of an image, as Docker writes it. */
export interface ImageConfig {
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly User: string;
  readonly WorkingDir: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

const MiB = 2 ** 20;

/**
 * The file by which crun and runc run the image as narrowly as it promises to run: nothing can be written, 384 MiB, no
 * capabilities. It stays in the network of the test, on loopback.
 */
export function runtimeConfig(rootfs: string, image: ImageConfig): object {
  const [uid = 0, gid = 0] = image.User.split(':').map(Number);
  return {
    ociVersion: '1.0.2',
    process: {
      args: [...image.Entrypoint, ...image.Cmd, '--port', '0', '--host', '127.0.0.1', '--json'],
      env: image.Env,
      cwd: image.WorkingDir,
      user: { uid, gid },
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
      noNewPrivileges: true,
    },
    root: { path: rootfs, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'noexec', 'mode=755', 'size=64k'],
      },
      { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro'] },
    ],
    linux: {
      resources: { memory: { limit: 384 * MiB } },
      cgroupsPath: `/sandpiper-test-${process.pid}`,
      namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }, { type: 'uts' }],
    },
  };
}
