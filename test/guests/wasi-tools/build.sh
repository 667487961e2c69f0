#!/bin/sh
# Builds guest.wasm of each guest in C. Debian:
#   apt-get install --no-install-recommends clang lld wasi-libc libclang-rt-14-dev-wasm32
set -eu
cd "$(dirname "$0")/.."
core=$(mktemp --suffix=.wasm)
compile() {
  guest=$1
  shift
  clang --target=wasm32-wasi -Os -flto -s -Wl,-z,stack-size=65536 "$@" -o "$core" "$guest/guest.c"
  node wasi-tools/to-component.ts "$core" "$guest/guest.wit" "$guest/guest.wasm"
}
compile wasi-preview1 -mexec-model=reactor
compile wasi-http -nostdlib -Wl,--no-entry
rm "$core"
