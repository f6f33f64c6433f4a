// RUN: attn-opt %s -verify-diagnostics -split-input-file

// expected-error @+1 {{expected elements of f16 or bf16 but found 'f32'}}
func.func private @element(!atile.slot<64x64xf32, full>)

// -----

// expected-error @+1 {{expected columns to be a multiple of 8 up to 256 but found 100}}
func.func private @columns(!atile.map<64x100xbf16>)

// -----

// expected-error @+1 {{expected rows to be a multiple of 8 up to 256 but found 512}}
func.func private @rows(!atile.map<512x64xbf16>)

// -----

// expected-error @+1 {{expected 1 to 16 stages but found 0}}
func.func private @stages(!atile.ring<0x64x64xbf16>)

// -----

// expected-error @+1 {{expected 3 sizes but found 2}}
func.func private @sizes(!atile.ring<64x64xbf16>)

// -----

// expected-error @+1 {{expected elements of f32 but found 'bf16'}}
func.func private @fragment(!atile.frag<64x64xbf16>)

// -----

// expected-error @+1 {{expected 64 rows, those of a group, but found 128}}
func.func private @group(!atile.frag<128x64xf32>)

// -----

// expected-error @+1 {{expected columns to be a multiple of 16 up to 256 but found 8}}
func.func private @operand(!atile.operand<64x8xbf16>)

// -----

// expected-error @+1 {{expected a number as element but found 'index'}}
func.func private @global(!atile.global<index>)
