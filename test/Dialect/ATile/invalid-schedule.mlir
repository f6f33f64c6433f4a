// RUN: attn-opt %s -verify-diagnostics -split-input-file

// expected-error @+1 {{expected 1 to 3 groups but found 4}}
func.func private @groups() attributes {atile.schedule = #atile.schedule<overlap = seq, groups = 4, keys = 128>}

// -----

// expected-error @+1 {{expected keys to be a multiple of 16 up to 256 but found 100}}
func.func private @keys() attributes {atile.schedule = #atile.schedule<overlap = seq, groups = 2, keys = 100>}

// -----

// expected-error @+1 {{expected 1 to 8 stages but found 0}}
func.func private @stages() attributes {atile.schedule = #atile.schedule<overlap = seq, groups = 2, keys = 128, stages = 0>}

// -----

// expected-error @+1 {{expected 2 stages for overlap = sync but found 3}}
func.func private @sync() attributes {atile.schedule = #atile.schedule<overlap = sync, groups = 2, keys = 64, stages = 3>}
