//===- Passes.td - passes on structured GPU kernels --------*- tablegen -*-===//

#ifndef ATTN_CODEGEN_GPU_PASSES
#define ATTN_CODEGEN_GPU_PASSES

include "mlir/Pass/PassBase.td"

def GPUExplainPass : Pass<"attn-gpu-explain", "ModuleOp"> {
  let summary = "print what bounds the loops of structured kernels";
  let description = [{
    For each loop with products: the clocks of a multiprocessor that one turn
    takes of tensor cores (4,096 floating-point operations a clock on sm_90a, 2,048
    on sm_80), of exp2 (16 a clock) and of issue (4 warp instructions a clock); the
    largest bounds the loop, for they overlap at best. Instructions are counted by
    what operations become, so they are a lower bound of what ptxas makes. Bytes are
    those that arrive in shared memory.

    Prints to the standard error output and changes nothing.

    ```text
    kernel @attention: sm_90a, 384 threads, 164008 of 232448 bytes of shared memory
      loop 0, clocks of a turn: tensor cores 2048, exp2 1032, issue 822, bound by tensor cores
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"sm_90a\"",
           "GPU to count for: sm_80 or sm_90a (default)">
  ];
}

#endif // ATTN_CODEGEN_GPU_PASSES
