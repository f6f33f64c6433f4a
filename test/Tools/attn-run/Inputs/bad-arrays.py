"""Writes array files into a folder, of which only good.npy may be read."""

import os
import sys

import numpy as np

os.chdir(sys.argv[1])
good = np.array([1, 2, 3], dtype="<f4")
np.save("good.npy", good)
np.save("fortran.npy", np.asfortranarray(np.ones((2, 3), dtype="<f4")))
np.save("big-endian.npy", good.astype(">f4"))
np.save("objects.npy", np.array([1, "two", None], dtype=object))
np.save("records.npy", np.zeros(3, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save("complex.npy", good.astype("<c8"))
np.savez("archive.npz", x=good)
with open("good.npy", "rb") as file:
    bytes_ = file.read()
with open("short.npy", "wb") as file:
    file.write(bytes_[:-1])
with open("empty.npy", "wb"):
    pass
header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 38,)}
for name, size in (("huge.npy", 4), ("sparse.npy", 1 << 40)):
    with open(name, "wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + size)
