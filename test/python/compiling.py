"""What tests that compile share: a cache of their own, and the compiler."""

import os
import tempfile
import unittest

import attn


def environment() -> dict:
    """For a Python of its own that imports the package of the tests."""
    return {**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(attn.__file__))}


def has_compiler() -> bool:
    """Whether there is a libattn-c that a plain Python can load."""
    return os.path.isfile(os.environ.get("ATTN_C_LIBRARY", ""))


@unittest.skipUnless(has_compiler(), "ATTN_C_LIBRARY names no libattn-c")
class CompilingTest(unittest.TestCase):
    """Compiles into a cache that is gone after the class."""

    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory()
        cls._old = os.environ.get("ATTN_CACHE_DIR")
        os.environ["ATTN_CACHE_DIR"] = cls.cache_dir = os.path.join(cls._folder.name, "cache")

    @classmethod
    def tearDownClass(cls):
        if cls._old is None:
            del os.environ["ATTN_CACHE_DIR"]
        else:
            os.environ["ATTN_CACHE_DIR"] = cls._old
        cls._folder.cleanup()
