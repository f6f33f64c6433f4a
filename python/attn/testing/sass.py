"""Opcodes of the machine code in a cubin, counted and in order, without a CUDA toolkit.

    python3 -m attn.testing.sass kernel.cubin            # counts per kernel
    python3 -m attn.testing.sass kernel.cubin --order    # landmarks in order

Instructions of Volta to Hopper have 128 bits; the low 9 are the opcode. The names
below were found by assembling pairs of kernels that differ in one PTX instruction;
opcodes without one are printed as numbers.
"""

from __future__ import annotations

import argparse
import collections
import struct
import sys
from pathlib import Path

NAMES = {
    0x002: "MOV",
    0x009: "FMNMX",
    0x00C: "ISETP",
    0x008: "FSEL",
    0x020: "FMUL",
    0x021: "FADD",
    0x023: "FFMA",
    0x03B: "LDSM",
    0x03C: "HMMA",
    0x03E: "F2FP",
    0x044: "STSM",
    0x0CA: "R2UR",
    0x108: "MUFU",
    0x11A: "DEPBAR",
    0x11D: "BAR",
    0x147: "BRA",
    0x14D: "EXIT",
    0x181: "LDG",
    0x183: "LDL",
    0x184: "LDS",
    0x186: "STG",
    0x187: "STL",
    0x188: "STS",
    0x189: "SHFL",
    0x1A7: "SYNCS",
    0x1AE: "LDGSTS",
    0x1B2: "SYNCS.EXCH",
    0x1B4: "UTMALDG",
    0x1B5: "UTMASTG",
    0x1C5: "WARPGROUP",
    0x1C8: "USETMAXREG",
    0x1F0: "HGMMA",
}

# What the order of a kernel is judged by; everything between is summed up.
LANDMARKS = {
    "BAR", "BRA", "EXIT", "HGMMA", "HMMA", "SHFL", "SYNCS", "USETMAXREG", "UTMALDG",
    "WARPGROUP",
}  # fmt: skip

SECTION_WITHOUT_BYTES = 8


def sections(elf: bytes) -> dict[str, bytes]:
    """The sections of a 64-bit ELF file by name."""
    if elf[:4] != b"\x7fELF":
        raise ValueError("expected an ELF file")
    (offset,) = struct.unpack_from("<Q", elf, 0x28)
    count, names_index = struct.unpack_from("<HH", elf, 0x3C)
    headers = [struct.unpack_from("<IIQQQQIIQQ", elf, offset + 64 * i) for i in range(count)]
    names_start, names_size = headers[names_index][4:6]
    names = elf[names_start : names_start + names_size]
    result = {}
    for header in headers:
        name = names[header[0] : names.index(b"\0", header[0])].decode()
        has_bytes = header[1] != SECTION_WITHOUT_BYTES
        result[name] = elf[header[4] : header[4] + header[5]] if has_bytes else b""
    return result


def opcodes(code: bytes) -> list[str]:
    """The opcode of each instruction, by name or as a hexadecimal number."""
    numbers = [struct.unpack_from("<Q", code, at)[0] & 0x1FF for at in range(0, len(code), 16)]
    return [NAMES.get(number, hex(number)) for number in numbers]


def kernels(cubin: bytes) -> dict[str, list[str]]:
    """The opcodes of each kernel of a cubin."""
    prefix = ".text."
    return {
        name[len(prefix) :]: opcodes(code)
        for name, code in sections(cubin).items()
        if name.startswith(prefix)
    }


def order(ops: list[str]) -> list[str]:
    """Landmarks in order, repeated ones with their number, and between them how many
    instructions of the kinds that a softmax is made of."""
    result: list[str] = []
    between: collections.Counter[str] = collections.Counter()
    run = 0

    def flush() -> None:
        if between:
            result.append("{" + " ".join(f"{op}:{n}" for op, n in between.items()) + "}")
            between.clear()

    for position, op in enumerate(ops):
        if op not in LANDMARKS:
            if op in {"FFMA", "MUFU", "FMNMX", "FADD", "FMUL", "F2FP"}:
                between[op] += 1
            continue
        flush()
        run += 1
        following = ops[position + 1] if position + 1 < len(ops) else ""
        if following != op:
            result.append(op if run == 1 else f"{op}x{run}")
            run = 0
    flush()
    return result


def main(arguments: list[str]) -> int:
    """Prints what is asked for of each kernel of each file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cubins", nargs="+", type=Path)
    parser.add_argument("--order", action="store_true", help="landmarks in order")
    flags = parser.parse_args(arguments)
    for path in flags.cubins:
        for name, ops in kernels(path.read_bytes()).items():
            print(f"{name}: {len(ops)} instructions")
            if flags.order:
                print(" ".join(order(ops)))
                continue
            for op, count in sorted(collections.Counter(ops).items()):
                print(f"  {op} {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
