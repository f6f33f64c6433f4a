#!/bin/bash
# Everything that needs a GPU of NVIDIA: numbers on the device, accesses under
# compute-sanitizer, the program that launches from a header, and a table of speed
# beside PyTorch. Run it on an H100 with the tools built:
#
#   tools/dev/gpu-check.sh build/dev [--quick]
#
# Without a GPU it says so and exits with 77.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
build_dir=${1:?usage: tools/dev/gpu-check.sh BUILD [--quick]}
quick=${2:-}
export PATH="$build_dir/bin:$PATH" PYTHONPATH="$source_dir/python"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

module() { # CASE: the module of one case of attn.testing.assemble
  python3 -c 'import sys; from attn.testing.assemble import write_module
print(write_module(sys.argv[1]))' "$1"
}

run() { # CASE B HQ HKV T S [flags]: one call on the device against the reference
  local case=$1 b=$2 hq=$3 hkv=$4 t=$5 s=$6
  shift 6
  local width=${case#D=}
  width=${width%% *}
  module "$case" >"$work/kernel.mlir"
  "$@" attn-run "$work/kernel.mlir" --target=sm_90a --seed=1 --compare=reference \
    "--shape=q=${b}x${hq}x${t}x${width}" "--shape=k=${b}x${hkv}x${s}x${width}" \
    "--shape=v=${b}x${hkv}x${s}x${width}"
}

module "D=64" >"$work/kernel.mlir"
if ! attn-run "$work/kernel.mlir" --target=sm_90a --seed=1 --shape=q=1x1x64x64 \
  --shape=k=1x1x64x64 >"$work/log" 2>&1; then
  if grep -q "there is no NVIDIA GPU\|the CUDA driver cannot" "$work/log"; then
    cat "$work/log"
    exit 77
  fi
fi

echo "== numbers"
for width in 64 96 128 192 256; do
  for kind in "" " causal" " f16" " causal softcap"; do
    echo "D=$width$kind"
    run "D=$width$kind" 2 4 2 300 300 env
    run "D=$width$kind" 1 4 4 77 513 env
    run "D=$width$kind" 1 2 1 1 1 env
  done
done

echo "== compute-sanitizer"
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck synccheck; do
    run "D=128 causal" 1 2 1 300 300 compute-sanitizer --tool="$tool" --error-exitcode=1
  done
else
  echo "compute-sanitizer is not installed: skipped"
fi

echo "== a launch from the header alone"
cat >"$work/kernel.mlir" <<'MLIR'
func.func @attention(%q: tensor<?x?x?x128xbf16>, %k: tensor<?x?x?x128xbf16>,
                     %v: tensor<?x?x?x128xbf16>) -> tensor<?x?x?x128xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x?x128xbf16>
  %h = tensor.dim %q, %c1 : tensor<?x?x?x128xbf16>
  %t = tensor.dim %q, %c2 : tensor<?x?x?x128xbf16>
  %e = tensor.empty(%b, %h, %t) : tensor<?x?x?x128xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<?x?x?x128xbf16>, tensor<?x?x?x128xbf16>,
      tensor<?x?x?x128xbf16>) outs(%e : tensor<?x?x?x128xbf16>)
  return %o : tensor<?x?x?x128xbf16>
}
MLIR
attn-compile "$work/kernel.mlir" --target=sm_90a --emit=ptx,header -o "$work/kernel"
cc "-DHEADER=\"$work/kernel.h\"" -DKERNEL=attention_kernel \
  "$source_dir/test/Tools/attn-run/Inputs/launch.c" -ldl -lm -o "$work/launch"
"$work/launch" "$work/kernel.ptx" 2 4 500 128

echo "== speed"
python3 -m attn.testing.gpu_table ${quick:+"$quick"}
