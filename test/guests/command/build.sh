#!/bin/sh
# Builds command.c as a core module and as a component. Debian:
#   apt-get install --no-install-recommends clang lld wasi-libc libclang-rt-14-dev-wasm32
set -eu
cd "$(dirname "$0")"
clang --target=wasm32-wasi -Os -flto -s -Wl,-z,stack-size=65536 -Wall -o core.wasm command.c
node to-command.ts core.wasm component.wasm
