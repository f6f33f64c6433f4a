// RUN: attn-opt %s --attn-emit-plain-call=symbol-prefix=my_ --split-input-file --verify-diagnostics

// expected-error @+1 {{'llvm.func' op expected 4 arguments by its signature but found 1}}
llvm.func @argument_count(%x: f32) attributes {attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32},
    {name = "r", role = "output", sizes = array<i64>, type = tensor<f32>}]} {
  llvm.return
}

// -----

// expected-error @+1 {{expected no result but found 'f32'}}
llvm.func @result(%x: f32) -> f32 attributes {attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return %x : f32
}

// -----

// expected-error @+1 {{expected entry 0 of 'attn.signature' to have 'name', 'role', 'sizes' and 'type' but found {name = "x"}}}
llvm.func @malformed(%x: f32) attributes {attn.signature = [{name = "x"}]} {
  llvm.return
}

// -----

// expected-note @+1 {{the name is taken here}}
llvm.func @my_taken() {
  llvm.return
}
// expected-error @+1 {{expected the exported name 'my_taken' to be free}}
llvm.func @taken(%x: f32) attributes {attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// expected-error @+1 {{expected the exported name to be an identifier of C but found 'my_a.b'}}
llvm.func @"a.b"(%x: f32) attributes {attn.signature = [
    {name = "x", role = "input", sizes = array<i64>, type = f32}]} {
  llvm.return
}

// -----

// expected-error @+1 {{expected attribute 'attn.signature' on a public function}}
llvm.func @no_list(%x: f32) attributes {attn.signature = "x"} {
  llvm.return
}
