// Elementwise ops around attention, by vectors and by plain loops: ragged rows,
// rows shorter than a vector, one element, none.

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=x=7x203,y=7x203,h=7x203,b=7x203,d=7x203,i=7x203,s=7x203 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=x=3x5,y=3x5,h=3x5,b=3x5,d=3x5,i=3x5,s=3x5 --target=x86-64-v3 | FileCheck %s
// RUN: attn-run %s --seed=3 --compare=reference --guard --shape=x=65x64,y=65x64,h=65x64,b=65x64,d=65x64,i=65x64,s=65x64 --threads=2 | FileCheck %s
// RUN: attn-run %s --seed=4 --compare=reference --guard --shape=x=1x1,y=1x1,h=1x1,b=1x1,d=1x1,i=1x1,s=1x1 | FileCheck %s
// RUN: attn-run %s --seed=5 --compare=reference --guard --shape=x=0x9,y=0x9,h=0x9,b=0x9,d=0x9,i=0x9,s=0x9 | FileCheck %s

// CHECK-COUNT-10: agrees
// CHECK-NOT: DIFFERS

func.func @elementwise(
    %x: tensor<?x?xf32>, %y: tensor<?x?xf32>, %h: tensor<?x?xf16>,
    %b: tensor<?x?xbf16>, %d: tensor<?x?xf64>, %i: tensor<?x?xi32>,
    %s: tensor<?x?xi8>)
    -> (tensor<?x?xf32>, tensor<?x?xf16>, tensor<?x?xbf16>, tensor<?x?xf64>,
        tensor<?x?xi32>, tensor<?x?xi8>, tensor<?x?xi1>, tensor<?x?xf32>,
        tensor<?x?xf32>, tensor<?x?xf16>) {
  %product = arith.mulf %x, %y : tensor<?x?xf32>
  %chain = arith.addf %product, %x : tensor<?x?xf32>
  %half = arith.addf %h, %h : tensor<?x?xf16>
  %brain = arith.mulf %b, %b : tensor<?x?xbf16>
  %double = arith.subf %d, %d : tensor<?x?xf64>
  %integer = arith.muli %i, %i : tensor<?x?xi32>
  %byte = arith.addi %s, %s : tensor<?x?xi8>
  %boolean = arith.cmpf ogt, %x, %y : tensor<?x?xf32>
  %larger = arith.select %boolean, %x, %y : tensor<?x?xi1>, tensor<?x?xf32>
  %wide = arith.extf %b : tensor<?x?xbf16> to tensor<?x?xf32>
  %narrow = arith.truncf %product : tensor<?x?xf32> to tensor<?x?xf16>
  return %chain, %half, %brain, %double, %integer, %byte, %boolean, %larger,
         %wide, %narrow
      : tensor<?x?xf32>, tensor<?x?xf16>, tensor<?x?xbf16>, tensor<?x?xf64>,
        tensor<?x?xi32>, tensor<?x?xi8>, tensor<?x?xi1>, tensor<?x?xf32>,
        tensor<?x?xf32>, tensor<?x?xf16>
}
