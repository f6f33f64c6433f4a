"""The tests of this project run against the tools of attn."""

import os

# `config` and `lit_config` come from lit by way of lit.site.cfg.py.
# pylint: disable=undefined-variable

config.name = "windows"
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
lit_config.load_config(config, config.attn_lit_config)
config.substitutions.append(("%plugin", config.plugin))
