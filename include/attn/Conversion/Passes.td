//===- Passes.td - conversions between dialects ------------*- tablegen -*-===//

#ifndef ATTN_CONVERSION_PASSES
#define ATTN_CONVERSION_PASSES

include "mlir/Pass/PassBase.td"

def AttnToLoopsPass : InterfacePass<"attn-to-loops", "FunctionOpInterface"> {
  let summary = "lower attention to scalar loops in f64, by the formula";
  let description = [{
    The reference lowering: every `attn` operation on tensors becomes `scf.for`
    loops over single elements, as its description reads. It shares nothing with
    the fast lowerings, is not tiled, and finds a row's maximum before it takes
    any exponential, so that the fast ones can be compared with it.

    All arithmetic is f64, whatever the types of the tensors; a value is rounded
    once, where it is stored. A `score` region is an exception: it computes in
    the type of its arguments.

    The score of a pair that the mask does not admit is not computed, and its
    key and value are not read. A linear or recurrent operation goes token by
    token over a state in f64, rounded after the last token. Destinations are
    carried through the loops, so that bufferization makes no copy of them; one
    row of scores and one row of sums, or one state with a row for what a
    correction reads, are the only temporary tensors.

    Requires that sizes agree at run time as the operations demand. Leaves
    operations of other dialects alone. Fails at an `attn.dense` that has
    `lengths`, `cu_seqlens` or `page_table`, and at an operation on memrefs.

    ```mlir
    %o = attn.dense ins(%q, %k, %v : ...) outs(%init : tensor<1x2x?x4xf32>)
    // becomes
    %o = scf.for %b = %c0 to %c1 step %c1 iter_args(%o0 = %init) -> ... {
      scf.for %h = ..., %i = ... {
        %scores = scf.for %j = ...   // s[j], or -inf where not admitted
        %max = scf.for %j = ...      // max_j s[j]
        %sum, %acc = scf.for %j = ...// exp(s[j] - max), times value[j, :]
        %row = scf.for %v = ...      // o[b, h, i, v] = acc[v] / sum
      }
    }
    ```
  }];
  let statistics = [
    Statistic<"numLowered", "lowered", "Number of operations lowered to loops">
  ];
  let dependentDialects = [
    "arith::ArithDialect", "math::MathDialect", "scf::SCFDialect",
    "tensor::TensorDialect"
  ];
}

def DenseToATilePass : Pass<"attn-dense-to-atile", "ModuleOp"> {
  let summary = "lower dense attention to structured kernels for a GPU";
  let description = [{
    Each function of one `attn.dense` from its arguments to its results becomes an
    `atile.kernel` of the same name: a block of threads for 64 query rows per group
    of a head, keys tile by tile, the online softmax in base 2 on fragments.

    Schedule and tile sizes come from a table by the target and the widths; the
    attribute `atile.schedule` on the operation overrides it. Registers and shared
    memory are added up, and what does not fit is refused with the sum:

      registers = V/2 (output) + keys/2 (scores) + keys/4 (weights of the last
                  tile, `pipe` and `pipe2`) + K/4 (queries, `sync`) + 25, or 41
                  with regions, or 48 (`sync`)
      shared    = rows * K' * 2 + stages * keys * (K' + V') * 2 + barriers

    with widths K' and V' rounded up to 64. Tiles of keys that the mask empties are
    not loaded; in those that it does not touch it is not evaluated (three ranges,
    as `attn-convert-to-online` has them). Key and value heads are indexed, not
    copied; where there is one query, the heads of a group are the rows of a block. A
    row without keys gives 0 and an lse of -inf.

    Weights of pairs that are not admitted are 0, but tensor cores multiply them:
    a NaN or an infinite value of a key reaches rows of the same tile that do not
    admit it.

    Requires f16 or bf16, widths that are a multiple of 8 (16 before sm_90) up to
    256, and query, key and value as arguments. Refuses lengths, packed sequences,
    page tables, and other operations on tensors, each by name.

    ```mlir
    %o = attn.dense causal align(bottom_right) ins(%q, %k, %v : ...) outs(%init : ...)
    // becomes, on sm_90a and with widths of 128,
    atile.specialize registers(24, 240) producer {
      atile.load %q_map[%b, %h, %row] into ...
      scf.for %n = ... { atile.load %k_map ...; atile.load %v_map ... }
    } consumers(2) { ... }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"sm_90a\"",
           "GPU to generate code for: sm_80 or sm_90a (default)">
  ];
  let statistics = [
    Statistic<"numKernels", "kernels", "Number of functions made kernels">
  ];
  let dependentDialects = [
    "affine::AffineDialect", "arith::ArithDialect", "atile::ATileDialect",
    "math::MathDialect", "scf::SCFDialect", "tensor::TensorDialect"
  ];
}

def CopyToLinalgPass : Pass<"attn-copy-to-linalg"> {
  let summary = "copies between memrefs as linalg.copy";
  let description = [{
    Replaces each `memref.copy` by a `linalg.copy`, which
    `convert-linalg-to-loops` makes scalar loops of. Lowered by itself a copy
    that is not contiguous calls a function of MLIR's runtime, which a kernel
    has not got. `attn-cpu-lower-copies` does the same for speed.
  }];
  let statistics = [
    Statistic<"numConverted", "converted", "Number of copies converted">
  ];
  let dependentDialects = ["linalg::LinalgDialect"];
}

class ATileToLLVMPass<string mnemonic> : Pass<mnemonic, "ModuleOp"> {
  let dependentDialects = [
    "arith::ArithDialect", "LLVM::LLVMDialect", "NVVM::NVVMDialect",
    "scf::SCFDialect"
  ];
}

def ATileToNVVMPass : ATileToLLVMPass<"attn-atile-to-nvvm"> {
  let summary = "GPU kernels on tiles as code of one thread, for PTX";
  let description = [{
    Expands operations on tiles into registers and addresses of one thread and
    writes instructions as operations of `nvvm`, or as inline PTX where there are
    none. `attn-atile-to-emulation` takes the same module and differs in nothing
    but how single instructions are written.

    A kernel becomes an `llvm.func` with one parameter per argument: tensor maps
    by value, pointers to global memory, numbers. Leaves `scf`, `arith` and `math`
    on scalars. Fails where the body of an `atile.map` calls a function of math
    that the hardware does not have.

    ```mlir
    %m1 = atile.row_max %s, %m : !atile.frag<64x16xf32>, !atile.rows<64>
    // becomes, for each of the thread's two rows
    %a = llvm.intr.maxnum(%s0, %s1) : (f32, f32) -> f32
    // ...
    %x = nvvm.shfl.sync bfly %all, %own, %one, %last : f32 -> f32
    %y = llvm.intr.maxnum(%own, %x) : (f32, f32) -> f32
    ```
  }];
}

def ATileToEmulationPass : ATileToLLVMPass<"attn-atile-to-emulation"> {
  let summary = "GPU kernels on tiles as code of one thread, for the emulator";
  let description = [{
    As `attn-atile-to-nvvm`, but instructions become calls of the functions in
    `attn/Emulation/Calls.h`, and a kernel becomes
    `llvm.func @NAME(%thread: !llvm.ptr, %parameters: !llvm.ptr)`, its parameters
    an array of addresses as the driver's cuLaunchKernel takes it.

    ```mlir
    %k = atile.wait_full %ring[%n] : !atile.ring<2x128x64xbf16>
    // becomes
    llvm.call @attn_emu_mbarrier_wait(%thread, %barrier, %parity)
    ```
  }];
}

#endif // ATTN_CONVERSION_PASSES
