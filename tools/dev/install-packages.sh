#!/usr/bin/env bash
# Installs what building and testing attn needs on Debian 12: everything comes
# from the distribution. Does nothing when all of it is there.
set -euo pipefail

packages=(
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools liblld-22-dev
  clang-22 clang-format-22 lld-22 libclang-rt-22-dev libomp-22-dev
  cmake ninja-build ccache libgtest-dev
  python3 python3-numpy shellcheck
)

missing=()
for package in "${packages[@]}"; do
  # The literal ${...} is a field of dpkg-query.
  # shellcheck disable=SC2016
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "error: not root and no sudo; install these packages: ${missing[*]}" >&2
    exit 1
  fi
  root=(sudo)
fi

echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${root[@]}" apt-get update -qq </dev/null
"${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" \
  </dev/null >/dev/null
