#!/usr/bin/env bash
# Builds attn and runs all of its checks: formatting, lint of the tests and of
# the scripts, build, lit and unit tests, Python tests, generated docs, examples
# in the docs. Installs what it needs on Debian 12.
#
#   tools/dev/check.sh [--preset=dev|asan] [PHASE...]
#
# PHASE is one of packages format lint shell build tests python generated
# examples; without any, all run. The last line is `N passed, N failed, N
# skipped`, and the exit status is 0 only when nothing failed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

preset=dev
phases=()
for argument in "$@"; do
  case $argument in
  --preset=*) preset=${argument#--preset=} ;;
  -*)
    echo "error: unknown option '$argument'" >&2
    exit 2
    ;;
  *) phases+=("$argument") ;;
  esac
done
[[ ${#phases[@]} -gt 0 ]] ||
  phases=(packages format lint shell build tests python generated examples)

build=$root/build/$preset
results=$build/check
python=/usr/bin/python3
llvm=/usr/lib/llvm-22/bin
export LC_ALL=C.UTF-8 CCACHE_BASEDIR=$root PYTHONDONTWRITEBYTECODE=1
if [[ $preset == asan ]]; then
  # libMLIR is not instrumented, see test/lit.cfg.py.
  export ASAN_OPTIONS=allow_user_poisoning=0
fi

# Files below the source folders whose names match the pattern.
sources() {
  find include lib tools test python -regextype egrep -type f -regex "$1" | sort
}

phase_packages() { tools/dev/install-packages.sh; }

phase_format() {
  sources '.*\.(cpp|h|c)' | xargs -r "$llvm/clang-format" --dry-run -Werror
}

phase_lint() { $python tools/dev/lint-tests.py; }

phase_shell() { (sources '.*\.sh' && echo .ci/run) | xargs -r shellcheck; }

phase_build() {
  cmake --preset "$preset" >"$results/configure.log" 2>&1 ||
    { cat "$results/configure.log" && return 1; }
  cmake --build --preset "$preset" --target all AttnUnitTests -- -k 0
}

phase_tests() {
  $python "$llvm/lit" -sv --xunit-xml-output="$results/lit.xml" \
    --time-tests "$build/test"
}

phase_python() {
  # An instrumented library cannot be loaded by a plain Python.
  [[ $preset == asan ]] || export ATTN_C_LIBRARY=$build/lib/libattn-c.so
  PATH=$build/bin:$llvm:$PATH $python tools/dev/run-unittests.py \
    --xml="$results/python.xml"
}

phase_generated() { $python tools/dev/update-docs.py --check --build="$build"; }

phase_examples() {
  $python tools/dev/run-docs.py --build="$build" --xml="$results/examples.xml"
}

# Runs one phase; a phase without an own XML file counts as one test.
declare -A seconds
failed_build=0
run_phase() {
  local name=$1 status=passed log=$results/$1.log start=$SECONDS skip=
  echo "== $name"
  if [[ $failed_build -eq 1 && $name =~ ^(tests|python|generated|examples)$ ]]; then
    status=skipped skip="the build failed"
    echo "skipped: $skip"
  elif ! "phase_$name" > >(tee "$log") 2>&1; then
    status=failed
    if [[ $name == build ]]; then failed_build=1; fi
  fi
  seconds[$name]=$((SECONDS - start))
  printf '%s\t%s\t%s\n' "$name" "$status" "$skip" >>"$results/phases.tsv"
}

for phase in "${phases[@]}"; do
  if ! declare -F "phase_$phase" >/dev/null; then
    echo "error: unknown phase '$phase'" >&2
    exit 2
  fi
done
rm -rf "$results"
mkdir -p "$results"
for phase in "${phases[@]}"; do
  run_phase "$phase"
done

echo "== summary"
for phase in "${phases[@]}"; do
  printf '%-10s %5d s\n' "$phase" "${seconds[$phase]}"
done
$python tools/dev/summarize.py "$results"
