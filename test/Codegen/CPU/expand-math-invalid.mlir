// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-expand-math))' -verify-diagnostics

func.func @no_polynomial(%x: vector<16xi32>) -> vector<16xi32> {
  // expected-error @+1 {{'math.ipowi' op has no vector form on this target}}
  %y = math.ipowi %x, %x : vector<16xi32>
  return %y : vector<16xi32>
}
