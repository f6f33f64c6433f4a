// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per parameter of #attn.scan that is out of its range.

// expected-error @below {{expected lanes to be a power of two of at most 64, but found 12}}
func.func private @lanes() attributes {test.scan = #attn.scan<chunk = 64, step = 4, panel = 48, lanes = 12>}

// -----

// expected-error @below {{expected step between 1 and 16, but found 17}}
func.func private @step() attributes {test.scan = #attn.scan<chunk = 64, step = 17, panel = 64, lanes = 16>}

// -----

// expected-error @below {{expected chunk to be a positive multiple of step (4) of at most 4096, but found 66}}
func.func private @chunk() attributes {test.scan = #attn.scan<chunk = 66, step = 4, panel = 64, lanes = 16>}

// -----

// expected-error @below {{expected panel to be a positive multiple of lanes (16) of at most 1024, but found 40}}
func.func private @panel() attributes {test.scan = #attn.scan<chunk = 64, step = 4, panel = 40, lanes = 16>}

// -----

// expected-error @below {{expected split to be 0 or a multiple of panel (64), but found 96}}
func.func private @split() attributes {test.scan = #attn.scan<chunk = 64, step = 4, panel = 64, lanes = 16, split = 96>}

// -----

// expected-error @below {{expected prefetch to be 0 or 1, but found 2}}
func.func private @prefetch() attributes {test.scan = #attn.scan<chunk = 64, step = 4, panel = 64, lanes = 16, prefetch = 2>}
