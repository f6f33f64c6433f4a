// RUN: attn-opt %s --attn-cpu-boundary --verify-diagnostics

// expected-error @below {{'func.func' op expected a body of a single block, but found 2 blocks}}
func.func @two_blocks(%x: tensor<?xf32>) -> tensor<?xf32> {
  cf.br ^next
^next:
  return %x : tensor<?xf32>
}
