"""The gtest executables (attn_add_unittest) as a suite of lit tests."""

import lit.formats

# `config` comes from lit by way of lit.site.cfg.py.
# pylint: disable=undefined-variable

config.name = "attn-unit"
config.suffixes = []
config.test_source_root = config.test_exec_root
config.test_format = lit.formats.GoogleTest(".", "Tests")

if config.attn_sanitize:
    # libMLIR is not instrumented, see test/lit.cfg.py.
    config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0"
    config.environment["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
