"""Compares a manifest with the library it describes.

  manifest.py MANIFEST LIBRARY FUNCTION

The arguments of FUNCTION are tensors of static f32 sizes.
"""

import ctypes
import json
import sys

import numpy

manifest_path, library_path, name = sys.argv[1:]
with open(manifest_path, encoding="utf-8") as file:
    manifest = json.load(file)
library = ctypes.CDLL(library_path)
function = next(entry for entry in manifest["functions"] if entry["name"] == name)

arrays, structs = [], []
for argument in function["arguments"]:
    array = numpy.zeros(argument["sizes"], numpy.float32)
    strides = [stride // array.itemsize for stride in array.strides]
    words = [array.ctypes.data, *array.shape, *strides]
    arrays.append(array)
    structs.append((ctypes.c_int64 * len(words))(*words))

shared, per_worker = ctypes.c_int64(-1), ctypes.c_int64(-1)
status = library[function["symbols"]["workspace_size"]](
    *structs, ctypes.byref(shared), ctypes.byref(per_worker)
)
assert status == 0, status
assert shared.value == function["workspace"]["shared"], shared
assert per_worker.value == function["workspace"]["per_worker"], per_worker
phases = library[function["symbols"]["phases"]](*structs)
assert phases == len(function["phases"]), phases
grid = library[function["symbols"]["grid"]]
grid.restype = ctypes.c_int64
for number, phase in enumerate(function["phases"]):
    assert grid(*structs, None, number) == phase["tiles"], number
print("the object agrees")
