//===- Passes.td - passes at both ends of compilation ------*- tablegen -*-===//
//
// What ties a function on tensors to a symbol that C code can call.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_PASSES
#define ATTN_COMPILER_PASSES

include "mlir/Pass/PassBase.td"

def CheckSizesPass : Pass<"attn-check-sizes", "ModuleOp"> {
  let summary = "refuse sizes and bodies that contradict what is beside them";
  let description = [{
    Some of what verifies has no meaning, and breaks passes behind:

    - an operation such as `tensor.dim` whose constant index is no dimension of
      its operand: upstream's analysis of bounds, which many passes ask, crashes
      when it meets one. Indices that are not constant are left alone; the graph
      stage looks again when it has folded what it can.
    - a `tensor.expand_shape` whose output shape is not its result's:
      bufferisation leaves IR that does not verify.
    - a named `linalg` operation, in its generic form, whose body computes
      something else: some passes believe the name, others the body.

    ```mlir
    %c2 = arith.constant 2 : index
    %n = tensor.dim %x, %c2 : tensor<4x?xf32>
    // error: expected one of the 2 dimensions of 'tensor<4x?xf32>', but found
    // dimension 2
    ```
  }];
}

def RecordSignaturePass : Pass<"attn-record-signature", "ModuleOp"> {
  let summary = "attach names, types and equal sizes to public functions";
  let description = [{
    Sets the attribute `attn.signature` on every public function while it still
    takes and returns tensors, so that the plain call can be checked and
    documented after everything has become pointers. Each entry tells the name
    (from `attn.name`, else `arg0`, `result0`), the role, the type, and for each
    size a number; sizes with equal numbers are equal in every valid call.

    An output that the caller may want in the place of an input, such as the
    state after a sequence in that of the state before it, also has the number
    of that input. Which one is seen where a state operation takes the argument
    for the result and nothing else reads it; `attn.in_place` of a result names
    it in other cases (see `attn-keep-inputs`).

    `attn.requirements` is set where operations ask more of sizes than to be
    equal, or anything of the contents of an argument, so that it can be checked
    in a call: `divides`, `either_divides`, `larger_of`, `one_more` and `is_one`
    relate the numbered sizes; the elements of an argument that is `ascending`
    go from 0 to the size and never down.

    Requires that private functions are inlined: a call ties no sizes.
    Fails if a type cannot be passed from C, if a dynamic size of a result does
    not follow from the arguments, or if `attn.in_place` names no argument of the
    result's type.

    ```mlir
    func.func @copy(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    // becomes
    func.func @copy(%x: tensor<?x4xf32>) -> tensor<?x4xf32> attributes {
      attn.signature = [
        {name = "arg0", role = "input", sizes = array<i64: 0, 1>,
         type = tensor<?x4xf32>},
        {name = "result0", role = "output", sizes = array<i64: 0, 1>,
         type = tensor<?x4xf32>} ]}
    ```
  }];
}

def KeepInputsPass : Pass<"attn-keep-inputs", "ModuleOp"> {
  let summary = "copy arguments whose place a result may have";
  let description = [{
    By `attn.signature` a result may be given the memory of an argument. A state
    that a state operation alone reads is safe, for it reads each element before
    it writes it. Other arguments are copied before anything is computed.

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32>
        attributes {attn.signature = [{name = "x", ..}, {.., in_place = 0 : i64} ]} {
      %y = linalg.add ins(%x, %x : ..) ..
      return %y : tensor<4xf32>
    }
    // becomes
      %copy = bufferization.alloc_tensor() copy(%x) : tensor<4xf32>
      %y = linalg.add ins(%copy, %copy : ..) ..
      return %y : tensor<4xf32>
    ```
  }];
  let dependentDialects = ["bufferization::BufferizationDialect"];
  let statistics = [
    Statistic<"numCopies", "copies", "Number of arguments copied">
  ];
}

def PassThreadsPass : Pass<"attn-pass-threads", "ModuleOp"> {
  let summary = "let the caller choose the number of OpenMP threads";
  let description = [{
    Every function that has `attn.signature` and runs `omp.parallel` gets one
    more argument, an i32, which becomes `num_threads` of its parallel regions;
    `attn-emit-entry-points` passes the caller's `threads` there. At run time 0 or
    less leaves the choice to OpenMP. Runs after `scf.parallel` has become
    `omp.parallel` and before functions are lowered to LLVM.

    ```mlir
    func.func @f() attributes {attn.signature = []} {
      omp.parallel { ... }
    // becomes
    func.func @f(%threads: i32) attributes {attn.signature = []} {
      omp.parallel num_threads(%threads : i32) { ... }
    ```
  }];
}

def AttachTargetPass : Pass<"attn-attach-target", "ModuleOp"> {
  let summary = "tell every LLVM function which CPU it is compiled for";
  let description = [{
    Sets target triple and data layout of the module, and on every function
    defined in it the CPU to schedule for, the instruction-set extensions that
    may be used, and the preferred vector width (without it LLVM splits 512-bit
    vectors on some CPUs). Functions become `nounwind`, for the code neither
    throws nor calls what throws.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"native\"",
           "`native`, an x86-64 level or a CPU name of LLVM, with `+feature` or "
           "`-feature` suffixes (default: native)">
  ];
  let dependentDialects = ["LLVM::LLVMDialect"];
}

def EmitEntryPointsPass : Pass<"attn-emit-entry-points", "ModuleOp"> {
  let summary = "export public functions through checked C entry points";
  let description = [{
    Runs last, on the LLVM dialect. Every function that has `attn.signature` and
    `attn.phases` becomes internal, and functions of its old name (after
    `symbol-prefix`) are exported in its place:

    ```c
    int32_t NAME(const attn_f32_4d *q, ..., int32_t threads);
    int32_t NAME_in_workspace(q, ..., void *workspace, int64_t workspace_size,
                              int32_t threads);
    int32_t NAME_workspace_size(q, ..., int64_t *shared, int64_t *per_worker);
    int32_t NAME_phases(q, ...);
    int64_t NAME_grid(q, ..., void *workspace, int32_t phase);
    int32_t NAME_tile(q, ..., void *workspace, void *scratch, int32_t phase,
                      int64_t tile);
    ```

    They return 0 or a count, or tell what is wrong with the call (negated where
    a count is returned): 1 a null pointer, 3 a size that is not the compiled one
    or differs from one that must be equal, 4 an innermost stride other than 1, 5
    a workspace that is missing or too small, 6 bounds of sequences that are not
    ascending (of `attn.requirements`, of which the others give 3), 7 a CPU (or operating system)
    without the instruction set that the code was compiled for, 8 a phase or tile
    that does not exist. Nothing is read or written then. The entry points need
    the baseline CPU only, so an old machine gets status 7 and no illegal
    instruction. The answer about the CPU is kept in an internal variable after
    the first call.

    If the function takes an i32 behind its workspace it is passed the number of
    threads. All other functions of the module become internal.
  }];
  let options = [
    Option<"symbolPrefix", "symbol-prefix", "std::string", /*default=*/"",
           "put in front of every exported name (default: empty)">
  ];
  let dependentDialects = ["LLVM::LLVMDialect"];
}

#endif // ATTN_COMPILER_PASSES
