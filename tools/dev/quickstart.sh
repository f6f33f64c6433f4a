#!/usr/bin/env bash
# From a bare Debian 12 to a compiled attention layer, checked and timed.
#
#   tools/dev/quickstart.sh [TOKENS]
#   tools/dev/quickstart.sh --input=q.npy --input=k.npy --input=v.npy \
#                           --input=cos.npy --input=sin.npy --output=o.npy
#
# Installs what is needed, builds the tools, writes the attention of one Llama
# layer as text (rotary embedding, 32 query heads on 8 key heads, width 128,
# causal, any length) and compiles it to an object file with a C header. Then
# runs that object and compares it with the reference lowering, plain loops in
# f64, and prints its speed beside the peak measured in the same process.
#
# Inputs are seeded, 256 tokens for the comparison and TOKENS (default 2048) for
# the speed; or files given by --input, relative to the current folder or
# absolute, of shapes q [1, 32, T, 128], k and v [1, 8, T, 128], cos and sin
# [T, 64], in this order. The text, the object and the header stay in
# build/quickstart.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tokens=2048
files=()
for argument in "$@"; do
  if [[ $argument =~ ^(--input|--output)=(.+)$ ]]; then
    files+=("${BASH_REMATCH[1]}=$(realpath -m "${BASH_REMATCH[2]}")")
  elif [[ $argument =~ ^[1-9][0-9]*$ ]]; then
    tokens=$argument
  else
    echo "error: expected a number of tokens, --input=FILE or --output=FILE but found '$argument'" >&2
    exit 2
  fi
done

out=$root/build/quickstart
mkdir -p "$out"
cd "$root"

echo "== packages"
tools/dev/install-packages.sh

echo "== build, some minutes the first time (log: build/quickstart/build.log)"
if ! (cmake --preset release &&
  cmake --build --preset release --target attn-gen attn-compile attn-run) \
  >"$out/build.log" 2>&1; then
  tail -n 40 "$out/build.log" >&2
  exit 1
fi
export PATH=$root/build/release/bin:$PATH
cd "$out"

# Prints a command, then runs it.
step() {
  printf '$ %s\n' "$*"
  "$@"
}

# The option --shape for a number of tokens.
shape() { echo "--shape=q=1x32x$1x128,k=1x8x$1x128"; }

echo "== the layer as text: build/quickstart/layer.mlir"
layer=(--op=llama --heads=32 --kv-heads=8 --width=128 --causal "--dynamic=seq,kv-seq")
printf '$ attn-gen %s > layer.mlir\n' "${layer[*]}"
attn-gen "${layer[@]}" >layer.mlir

echo "== compiled for this machine: layer.o, layer.h"
step attn-compile layer.mlir --emit=obj -o layer.o
step attn-compile layer.mlir --emit=header -o layer.h

echo "== run and compared with the reference"
if [[ ${#files[@]} -gt 0 ]]; then
  step attn-run layer.mlir "${files[@]}" --compare=reference --repeat=5
else
  step attn-run layer.mlir --seed=1 "$(shape 256)" --compare=reference
  echo "== timed, $tokens tokens"
  step attn-run layer.mlir --seed=1 "$(shape "$tokens")" --repeat=5
fi
