// RUN: attn-opt %s --attn-emit-entry-points=symbol-prefix=my_ --split-input-file --verify-diagnostics

// expected-error @+1 {{'llvm.func' op expected 15 arguments by the signature of 'argument_count' but found 1}}
llvm.func @argument_count(%x: f32) attributes {attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32},
    {name = "r", role = "output", sizes = array<i64>, type = tensor<f32>}]} {
  llvm.return
}

// -----

// expected-error @+1 {{expected no result but found 'f32'}}
llvm.func @result(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) -> f32 attributes {attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return %x : f32
}

// -----

// expected-error @+1 {{expected entry 0 of 'attn.signature' to have 'name', 'role', 'sizes' and 'type' but found {name = "x"}}}
llvm.func @malformed(%x: f32) attributes {attn.signature = [{name = "x"}]} {
  llvm.return
}

// -----

// expected-error @+1 {{expected 'attn.phases' to name a function as 'workspace'}}
llvm.func @no_phases(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) attributes {attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

llvm.func @w(%x: f32) -> !llvm.struct<(i64, i64)> {
  %u = llvm.mlir.undef : !llvm.struct<(i64, i64)>
  llvm.return %u : !llvm.struct<(i64, i64)>
}
// expected-error @+1 {{expected 'attn.phases' to have a list of 'phases'}}
llvm.func @no_phase_list(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) attributes {attn.phases = {workspace = @w}, attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

llvm.func @w(%x: f32) -> !llvm.struct<(i64, i64)> {
  %u = llvm.mlir.undef : !llvm.struct<(i64, i64)>
  llvm.return %u : !llvm.struct<(i64, i64)>
}
// expected-error @+1 {{expected 'attn.phases' to name a function as 'grid'}}
llvm.func @no_grid(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) attributes {attn.phases = {workspace = @w, phases = [{tile = @w}]}, attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// expected-error @+1 {{expected 6 arguments by the signature of 'grid_arguments' but found 1}}
llvm.func @w(%x: f32) -> !llvm.struct<(i64, i64)> {
  %u = llvm.mlir.undef : !llvm.struct<(i64, i64)>
  llvm.return %u : !llvm.struct<(i64, i64)>
}
llvm.func @grid_arguments(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) attributes {attn.phases = {workspace = @w, phases = [{grid = @w, tile = @w}]}, attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

llvm.func @w(%x: f32) -> !llvm.struct<(i64, i64)> {
  %u = llvm.mlir.undef : !llvm.struct<(i64, i64)>
  llvm.return %u : !llvm.struct<(i64, i64)>
}
// expected-note @+1 {{the name is taken here}}
llvm.func @my_taken_grid() {
  llvm.return
}
// expected-error @+1 {{expected the exported name 'my_taken_grid' to be free}}
llvm.func @taken(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) attributes {attn.phases = {workspace = @w, phases = []}, attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// expected-error @+1 {{expected the exported name to be an identifier of C but found 'my_a.b'}}
llvm.func @"a.b"(%x: f32, %w0: !llvm.ptr, %w1: !llvm.ptr, %w2: i64, %w3: i64, %w4: i64, %s0: !llvm.ptr, %s1: !llvm.ptr, %s2: i64, %s3: i64, %s4: i64, %n: i64) attributes {attn.phases = {workspace = @w, phases = []}, attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// expected-error @+1 {{expected attribute 'attn.signature' on a public function}}
llvm.func @no_list(%x: f32) attributes {attn.signature = "x"} {
  llvm.return
}

// -----

// expected-error @+1 {{expected entry 0 of 'attn.requirements' to have a known 'rule' and its 'sizes' but found {rule = "even", sizes = array<i64: 0>}}}
llvm.func @rule(%x: f32) attributes {
    attn.requirements = [{rule = "even", sizes = array<i64: 0>}],
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// expected-error @+1 {{expected entry 0 of 'attn.requirements' to have a known 'rule' and its 'sizes' but found {rule = "divides", sizes = array<i64: 0>}}}
llvm.func @rule_sizes(%x: f32) attributes {
    attn.requirements = [{rule = "divides", sizes = array<i64: 0>}],
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// expected-error @+1 {{expected entry 0 of 'attn.requirements' to have a known 'rule' and its 'sizes' but found {argument = 1 : i64, rule = "ascending", sizes = array<i64: 0>}}}
llvm.func @rule_argument(%x: f32) attributes {
    attn.requirements = [{argument = 1 : i64, rule = "ascending", sizes = array<i64: 0>}],
    attn.signature = [{name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}
