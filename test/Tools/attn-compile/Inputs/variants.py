"""Says which of several libraries computes what another one computes.

  variants.py FUNCTION LIBRARY MANIFEST OTHER_LIBRARY ...

All hold FUNCTION, whose arguments are tensors of static f32 sizes. Prints the
number of each other library whose results have the same bits.
"""

import ctypes
import json
import sys

import numpy

name, library, manifest_path, *others = sys.argv[1:]
with open(manifest_path, encoding="utf-8") as file:
    manifest = json.load(file)
function = next(entry for entry in manifest["functions"] if entry["name"] == name)


def call(path: str) -> bytes:
    """All arrays after a call of the function in one library, on inputs that are always the same."""
    random = numpy.random.default_rng(1)
    arrays, structs = [], []
    for argument in function["arguments"]:
        array = random.standard_normal(argument["sizes"]).astype(numpy.float32)
        arrays.append(array)
        strides = [stride // array.itemsize for stride in array.strides]
        words = [array.ctypes.data, *array.shape, *strides]
        structs.append((ctypes.c_int64 * len(words))(*words))
    status = ctypes.CDLL(path)[function["symbols"]["call"]](*structs, 1)
    assert status == 0, status
    return b"".join(array.tobytes() for array in arrays)


expected = call(library)
for number, other in enumerate(others):
    if call(other) == expected:
        print("same as", number)
