// --in-place: one tensor for the state before a sequence and after it, beside
// guard pages, in every layout and by every pipeline. Results of @shift
// would be read too late without the copy that attn.in_place asks for.

// REQUIRES: fma
// DEFINE: %{flags} =
// DEFINE: %{run} = attn-run %s --seed=1 --in-place --compare=reference --guard %{flags}
// RUN: %{run} --entry=step | FileCheck %s --check-prefix=STATE
// RUN: %{run} --entry=step --layout=padded | FileCheck %s --check-prefix=STATE
// RUN: %{run} --entry=step --layout=bthd | FileCheck %s --check-prefix=STATE
// RUN: %{run} --entry=step --pipeline=reference | FileCheck %s --check-prefix=STATE
// RUN: %{run} --entry=step --target=x86-64-v3 --threads=2 | FileCheck %s --check-prefix=STATE
// RUN: %{run} --entry=sequence --shape=q=2x2x37x16 | FileCheck %s --check-prefix=STATE
// RUN: %{run} --entry=sequence --shape=q=2x2x0x16 | FileCheck %s --check-prefix=STATE
// RUN: %{run} --entry=shift | FileCheck %s --check-prefix=SHIFT
// RUN: %{run} --entry=shift --pipeline=reference | FileCheck %s --check-prefix=SHIFT
// STATE: o: agrees
// STATE: after: agrees
// SHIFT: tail: agrees
// SHIFT: sum: agrees

// Timed as it is called.
// RUN: attn-run %s --entry=step --seed=1 --in-place --repeat=1 | FileCheck %s --check-prefix=TIME
// TIME: best

// RUN: not attn-run %s --entry=nothing --seed=1 --in-place 2>&1 | FileCheck %s --check-prefix=NOTHING
// NOTHING: attn-run: error: --in-place: expected an output that may have the place of an input

// RUN: not attn-run %s --entry=resized --seed=1 --in-place --shape=x=3,y=4 2>&1 | FileCheck %s --check-prefix=RESIZED
// RESIZED: attn-run: error: expected 'z' to have the sizes 3 of 'x', in whose place it is, but found 4

// The header says which.
// RUN: attn-compile %s --emit=header -o - | FileCheck %s --check-prefix=HEADER
// HEADER: after: output, f32 [2, 2, 16, 24], may have the place of before

func.func @step(%q: tensor<2x2x1x16xf32>, %v: tensor<2x2x1x24xf32>, %b: tensor<2x2x1xf32>, %before: tensor<2x2x16x24xf32>)
    -> (tensor<2x2x1x24xf32> {attn.name = "o"}, tensor<2x2x16x24xf32> {attn.name = "after"}) {
  %e = tensor.empty() : tensor<2x2x1x24xf32>
  %o, %s = attn.recurrent ins(%q, %q, %v : tensor<2x2x1x16xf32>, tensor<2x2x1x16xf32>, tensor<2x2x1x24xf32>)
      beta(%b : tensor<2x2x1xf32>) outs(%e, %before : tensor<2x2x1x24xf32>, tensor<2x2x16x24xf32>)
  return %o, %s : tensor<2x2x1x24xf32>, tensor<2x2x16x24xf32>
}

func.func @sequence(%q: tensor<?x2x?x16xf32>, %before: tensor<?x2x16x16xf32>)
    -> (tensor<?x2x?x16xf32> {attn.name = "o"}, tensor<?x2x16x16xf32> {attn.name = "after"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %n = tensor.dim %q, %c0 : tensor<?x2x?x16xf32>
  %t = tensor.dim %q, %c2 : tensor<?x2x?x16xf32>
  %e = tensor.empty(%n, %t) : tensor<?x2x?x16xf32>
  %o, %s = attn.linear ins(%q, %q, %q : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>)
      outs(%e, %before : tensor<?x2x?x16xf32>, tensor<?x2x16x16xf32>)
  return %o, %s : tensor<?x2x?x16xf32>, tensor<?x2x16x16xf32>
}

// The tail moves towards its front, and is read once more after that.
func.func @shift(%x: tensor<2x1x24xf32>, %before: tensor<2x3x24xf32>)
    -> (tensor<2x3x24xf32> {attn.name = "tail", attn.in_place = "before"}, tensor<2x3x24xf32> {attn.name = "sum"}) {
  %padded = tensor.concat dim(1) %before, %x : (tensor<2x3x24xf32>, tensor<2x1x24xf32>) -> tensor<2x4x24xf32>
  %tail = tensor.extract_slice %padded[0, 1, 0] [2, 3, 24] [1, 1, 1] : tensor<2x4x24xf32> to tensor<2x3x24xf32>
  %e = tensor.empty() : tensor<2x3x24xf32>
  %sum = linalg.add ins(%tail, %before : tensor<2x3x24xf32>, tensor<2x3x24xf32>) outs(%e : tensor<2x3x24xf32>) -> tensor<2x3x24xf32>
  return %tail, %sum : tensor<2x3x24xf32>, tensor<2x3x24xf32>
}

func.func @nothing(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %e = tensor.empty() : tensor<2x8xf32>
  %y = linalg.exp ins(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

func.func @resized(%x: tensor<?xf32> {attn.name = "x"}, %y: tensor<?xf32> {attn.name = "y"})
    -> (tensor<?xf32> {attn.name = "z", attn.in_place = "x"}) {
  return %y : tensor<?xf32>
}
