// Timing: text, and the one JSON object.

// RUN: attn-run %s --seed=1 --repeat=5 | FileCheck %s
// CHECK: median {{[0-9.]+}} ms, best {{[0-9.]+}} ms of 5 runs, 1 thread, {{[a-z0-9-]+}}
// CHECK-NEXT: {{[0-9.]+}} GFLOP/s, {{[0-9.]+}} % of the peak {{[0-9.]+}} (f32 {{.*}})
// CHECK-NEXT: {{[0-9.]+}} GB/s, {{[0-9.]+}} % of {{[0-9.]+}} GB/s reading {{[0-9]+}} MiB
// CHECK-NEXT: tiles: {{[1-9][0-9]*}} empty, {{[0-9]+}} full, {{[1-9][0-9]*}} partial

// RUN: attn-run %s --seed=1 --repeat=3 --compare=reference --json 2> %t.txt > %t.json
// RUN: %python -m json.tool %t.json | FileCheck %s --check-prefix=JSON
// RUN: FileCheck %s --check-prefix=TEXT < %t.txt
// JSON: "agrees": true
// JSON: "best_ms": {{[0-9.e-]+}}
// JSON: "entry": "attention"
// JSON: "gbytes_per_s": {{[0-9.e-]+}}
// JSON: "gflops": {{[0-9.]+}}
// JSON: "max_error": {{[0-9.e-]+}}
// JSON: "median_ms": {{[0-9.e-]+}}
// JSON: "nan_count": 0
// JSON: "peak_gflops": {{[0-9.]+}}
// JSON: "percent_of_bandwidth": {{[0-9.e-]+}}
// JSON: "percent_of_peak": {{[0-9.]+}}
// JSON: "rms_error": {{[0-9.e-]+}}
// JSON: "target": "{{[a-z0-9-]+}}"
// JSON: "threads": 1
// JSON: "tiles": {
// JSON: "empty": {{[1-9][0-9]*}}
// JSON: "full": {{[0-9]+}}
// JSON: "partial": {{[1-9][0-9]*}}
// TEXT: result0: agrees
// TEXT: GFLOP/s

// Percentages come from the best run, and FLOPs from the admitted pairs.
// RUN: %python -c "import json; r = json.load(open('%t.json')); f = 2 * 64 * 2 * 2 * 256 * 257 / 2; g = f / r['best_ms'] / 1e6; print(abs(g / r['gflops'] - 1) < 1e-9, abs(100 * r['gflops'] / r['peak_gflops'] / r['percent_of_peak'] - 1) < 1e-9, r['best_ms'] <= r['median_ms'])" | FileCheck %s --check-prefix=SUM
// SUM: True True True

// Without --repeat there is no timing, without --compare no error.
// RUN: attn-run %s --seed=1 --json | %python -m json.tool | FileCheck %s --check-prefix=NULL
// NULL: "agrees": null
// NULL: "best_ms": null
// NULL: "max_error": null
// NULL: "tiles": null

func.func @attention(%q: tensor<1x2x256x64xf32>, %k: tensor<1x2x256x64xf32>, %v: tensor<1x2x256x64xf32>)
    -> tensor<1x2x256x64xf32> {
  %init = tensor.empty() : tensor<1x2x256x64xf32>
  %o = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<1x2x256x64xf32>, tensor<1x2x256x64xf32>, tensor<1x2x256x64xf32>)
      outs(%init : tensor<1x2x256x64xf32>)
  return %o : tensor<1x2x256x64xf32>
}
