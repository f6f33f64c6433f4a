// RUN: attn-opt %s --split-input-file --verify-diagnostics

// One function per parameter of #attn.schedule that is out of its range.

// expected-error @below {{expected lanes to be a power of two of at most 64, but found 12}}
func.func private @lanes() attributes {test.schedule = #attn.schedule<lanes = 12, query_tile = 64, row_tile = 4, key_block = 96>}

// -----

// expected-error @below {{expected query_tile to be a power of two of at most 1024, but found 48}}
func.func private @query_tile() attributes {test.schedule = #attn.schedule<lanes = 16, query_tile = 48, row_tile = 4, key_block = 96>}

// -----

// expected-error @below {{expected row_tile between 1 and 64, but found 0}}
func.func private @row_tile() attributes {test.schedule = #attn.schedule<lanes = 16, query_tile = 64, row_tile = 0, key_block = 96>}

// -----

// expected-error @below {{expected key_block to be a positive multiple of row_tile (4) of at most 65536, but found 90}}
func.func private @key_block() attributes {test.schedule = #attn.schedule<lanes = 16, query_tile = 64, row_tile = 4, key_block = 90>}

// -----

// expected-error @below {{expected key_split of 0 or more, but found -1}}
func.func private @key_split() attributes {test.schedule = #attn.schedule<lanes = 16, query_tile = 64, row_tile = 4, key_block = 96, key_split = -1>}

// -----

// expected-error @below {{expected prefetch to be 0 or 1, but found 2}}
func.func private @prefetch() attributes {test.schedule = #attn.schedule<lanes = 16, query_tile = 64, row_tile = 4, key_block = 96, prefetch = 2>}

// -----

// expected-error @+1 {{expected column_tile between 0 and 64, but found 65}}
func.func private @column_tile() attributes {test.schedule = #attn.schedule<lanes = 16, query_tile = 64, row_tile = 4, key_block = 96, column_tile = 65>}
