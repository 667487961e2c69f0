#!/bin/sh
# Builds classify.c for every ABI. Debian:
#   apt-get install --no-install-recommends clang lld wasi-libc libclang-rt-14-dev-wasm32
set -eu
cd "$(dirname "$0")"
compile() {
  clang --target=wasm32-wasi -Os -flto -s -Wl,-z,stack-size=65536 -Wall -o "$1" classify.c $2
}
compile core.wasm -DNN_CORE
compile wamr.wasm -DNN_WAMR
core=$(mktemp --suffix=.wasm)
for release in 2024-06-25 2024-08-19 2024-10-28; do
  stateful=$([ "$release" = 2024-10-28 ] || echo -DNN_STATEFUL)
  compile "$core" "-DNN_VERSION=\"0.2.0-rc-$release\" $stateful"
  node to-command.ts "$core" "$release" "$release.wasm"
done
rm "$core"
