// RUN: attn-opt %s -verify-diagnostics -split-input-file

// expected-error @+1 {{expected a multiple of 128 threads up to 1024 but found 100}}
atile.kernel @threads() attributes {threads = 100 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  atile.return
}

// -----

// expected-error @+1 {{expected argument 0 to say what it is by 'atile.bind'}}
atile.kernel @unbound(%n: i32) attributes {threads = 128 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  atile.return
}

// -----

// expected-error @+1 {{expected a type that goes with #atile.bind<map, 0> but found '!atile.global<bf16>'}}
atile.kernel @bound_otherwise(%p: !atile.global<bf16> {atile.bind = #atile.bind<map, 0>})
    attributes {threads = 128 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  atile.return
}

// -----

// expected-error @+1 {{expected a grid of 3 results and 1 symbols, the arguments that are sizes, but found affine_map<() -> (1, 1, 1)>}}
atile.kernel @grid(%n: i32 {atile.bind = #atile.bind<size, 0, 2>})
    attributes {threads = 128 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  atile.return
}

// -----

// expected-error @+1 {{expected 256 threads for its roles but found 384}}
atile.kernel @threads_of_roles() attributes {threads = 384 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
  }
  atile.return
}

// -----

// expected-error @+1 {{expected one atile.setup before the roles but found 0}}
atile.kernel @no_setup() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
  }
  atile.return
}

// -----

atile.kernel @forgets_a_ring() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %a = atile.ring : !atile.ring<2x64x64xbf16>
  %b = atile.ring : !atile.ring<2x64x64xbf16>
  // expected-error @+1 {{expected the 2 rings of the kernel but found 1}}
  atile.setup %a consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
  }
  atile.return
}

// -----

atile.kernel @counts_one_group_too_many() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %a = atile.ring : !atile.ring<2x64x64xbf16>
  // expected-error @+1 {{expected 1 consumers, the groups of the kernel, but found 2}}
  atile.setup %a consumers(2) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
  }
  atile.return
}

// -----

atile.kernel @group_number() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  // expected-error @+1 {{expected a region of consumers with one argument of type i32, the number of the group}}
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  }
  atile.return
}

// -----

atile.kernel @consumers() attributes {threads = 640 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  // expected-error @+1 {{expected 1 to 3 consumers but found 4}}
  atile.specialize registers(24, 96) producer {
  } consumers(4) {
  ^bb0(%g: i32):
  }
  atile.return
}

// -----

atile.kernel @registers() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  // expected-error @+1 {{expected registers to be a multiple of 8 from 24 to 256 but found 20}}
  atile.specialize registers(20, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
  }
  atile.return
}

// -----

atile.kernel @register_file() attributes {threads = 512 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  // expected-error @+1 {{expected at most 65536 registers but 128 * (24 + 3 * 168) = 67584}}
  atile.specialize registers(24, 168) producer {
  } consumers(3) {
  ^bb0(%g: i32):
  }
  atile.return
}
