#!/usr/bin/env bash
# From a bare Debian 12 to a compiled attention layer, checked and timed.
#
#   tools/dev/quickstart.sh [TOKENS]
#
# Installs what is needed, builds the tools, writes the attention of one Llama
# layer as text (rotary embedding, 32 query heads on 8 key heads, width 128,
# causal), compiles it to an object file with a C header, runs that object on
# seeded inputs of TOKENS tokens (default 512), compares with the reference
# lowering and prints the speed beside the peak measured in the same process.
# The text, the object and the header stay in build/quickstart.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
tokens=${1:-512}
if [[ ! $tokens =~ ^[1-9][0-9]*$ ]]; then
  echo "error: expected a number of tokens but found '$tokens'" >&2
  exit 2
fi

echo "== packages"
tools/dev/install-packages.sh

echo "== build (log: build/quickstart/build.log)"
out=$root/build/quickstart
mkdir -p "$out"
if ! (cmake --preset release &&
  cmake --build --preset release --target attn-gen attn-compile attn-run) \
  >"$out/build.log" 2>&1; then
  tail -n 40 "$out/build.log" >&2
  exit 1
fi
PATH=$root/build/release/bin:$PATH
cd "$out"

# Prints a command of one line, then runs it.
step() {
  echo "\$ $1"
  bash -c "$1"
}

echo "== the layer as text: build/quickstart/layer.mlir"
layer="--op=llama --heads=32 --kv-heads=8 --width=128 --causal --seq=$tokens"
step "attn-gen $layer > layer.mlir"

echo "== compiled for this machine"
step "attn-compile layer.mlir --emit=obj -o layer.o"
step "attn-compile layer.mlir --emit=header -o layer.h"
ls -l layer.o layer.h

echo "== run, compared with the reference and timed"
step "attn-run layer.mlir --seed=1 --compare=reference --repeat=10"
