#!/bin/bash
# Times operations on states beside what people run on a CPU today, compares the
# results, and prints a Markdown table.
#
#   tools/dev/bench-peers.sh [--build=DIR] [--venv=DIR] [--smoke] [--repeat=N] [CASE ...]
#
# Peers are PyTorch code of transformers and flash-linear-attention. They are
# installed from PyPI into a virtual environment (6 GB, made once, by default
# build/peers); the versions below are those of the table in docs/Benchmarks.md.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build/release
venv=$root/build/peers
arguments=()
for argument in "$@"; do
  case $argument in
  --build=*) build=${argument#*=} ;;
  --venv=*) venv=${argument#*=} ;;
  *) arguments+=("$argument") ;;
  esac
done

if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet torch==2.15.0 transformers==5.24.0 \
    flash-linear-attention==0.6.0 numpy
fi
export PATH=$build/bin:$PATH PYTHONPATH=$root/python
exec "$venv/bin/python" -W ignore "$root/tools/dev/bench-peers.py" "${arguments[@]}"
