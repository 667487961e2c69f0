#!/bin/sh
# Boots this machine's systemd with the unit, in namespaces and control groups of its own:
#
#     boot.sh FOLDER REPOSITORY NODE NAME
#
# FOLDER is empty, and becomes the root of what is booted: this machine's /usr with NODE as /usr/bin/node, REPOSITORY as
# /opt/sandpiper, and an /etc of its own, whose FOLDER.etc is there before. NAME is that of the control groups.
set -eu

# In each hierarchy, so that systemd makes its groups below and nowhere else.
hierarchy() {
  case $1 in
  '') if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo /sys/fs/cgroup; else echo /sys/fs/cgroup/unified; fi ;;
  *) echo "/sys/fs/cgroup/${1#name=}" ;;
  esac
}
if [ "${BOOT_STAGE:-}" != inside ]; then
  while IFS=: read -r _ controllers _; do
    group=$(hierarchy "$controllers")
    [ -d "$group" ] || continue
    mkdir "$group/$4"
    for file in cpuset.cpus cpuset.mems; do
      if [ "$controllers" = cpuset ]; then cat "$group/$file" >"$group/$4/$file"; fi
    done
    echo $$ >"$group/$4/cgroup.procs"
  done </proc/self/cgroup
  BOOT_STAGE=inside exec unshare --pid --mount --uts --ipc --cgroup --fork --kill-child "$0" "$@"
fi

root=$1
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$root"
cd "$root"
mkdir -p upper work usr etc proc sys dev run tmp var/tmp var/cache var/lib var/log root opt/sandpiper old
mount -t overlay -o "lowerdir=/usr,upperdir=$root/upper,workdir=$root/work" overlay usr
rm -f usr/bin/node
cp "$3" usr/bin/node
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$folder"; done
mount --bind "$2" opt/sandpiper
mount -o remount,bind,ro opt/sandpiper

cp -r "$1.etc/." etc
printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >etc/passwd
printf 'root:x:0:\nnogroup:x:65534:\n' >etc/group
printf 'passwd: files systemd\ngroup: files systemd\nhosts: files\n' >etc/nsswitch.conf
printf '127.0.0.1 localhost\n' >etc/hosts
: >etc/machine-id

mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 sys/fs/cgroup
else
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
  mkdir sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd,xattr cgroup sys/fs/cgroup/systemd
fi
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
pivot_root . old
umount -l /old
# As on any machine: what a service mounts for its credentials comes back to systemd.
mount --make-rshared /
exec env -i container=test PATH=/usr/bin:/usr/sbin /usr/lib/systemd/systemd --system --unit=basic.target
