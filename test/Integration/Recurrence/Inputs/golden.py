"""Runs each function of a program on the golden values of its name.

    golden.py PROGRAM TOLERANCE PIPELINE

One head, T = 16, K = 8, V = 4; inputs are formulae, see `inputs()`, each for the
arguments of its name. A row has the sum of the outputs, their sum of absolute
values, the last row of them, and the sum of the final state. Prints one line
for each; the exit status is 1 if any differs by more than the tolerance.
"""

import os
import re
import subprocess
import sys
import tempfile

import numpy as np

T, K, V = 16, 8, 4

ROWS = {
    "linear": (-3.2243699424, 27.8736463066, -18.90171489,
               [-1.00200795, -1.05895150, -1.10294437, -1.13328787]),
    "retnet": (-3.0881847467, 28.1158318148, -17.68730523,
               [-0.94233127, -1.00495526, -1.05534113, -1.09277937]),
    "mamba2": (-2.6301156129, 28.0847107055, -16.95050887,
               [-0.90859701, -0.99251913, -1.06443132, -1.12345037]),
    "gla": (-2.9802374172, 29.4981058086, -16.21813865,
            [-0.84607128, -0.92425260, -0.99123837, -1.04619681]),
    "delta_net": (0.9741464808, 12.9660458262, 2.57092481,
                  [0.16841791, 0.16893130, 0.16667452, 0.16120935]),
    "gated_delta_net": (1.0617102880, 10.7753179735, 1.33359487,
                        [0.08519927, 0.08134821, 0.07645297, 0.07053383]),
    "kimi_delta": (1.0414499704, 10.5194528688, 1.13878127,
                   [0.08250866, 0.07988540, 0.07624716, 0.07159954]),
    "rwkv6": (-2.1509697820, 20.3028256413, -16.21813865,
              [-0.35596896, -0.35296038, -0.34568887, -0.33421965]),
    "rwkv7": (-10.4177936980, 102.4093907983, -15.14726228,
              [-2.37125306, -2.54946563, -2.69700077, -2.81217502]),
}


def inputs() -> dict:
    """Values in f64 by the name of the argument."""

    def wave(function, frequency, phase, *shape):
        n = np.arange(np.prod(shape))
        return function(frequency * n + phase).reshape(1, 1, *shape)

    k = wave(np.cos, 0.23, 0.2, T, K)
    unit = k / np.sqrt((k * k).sum(-1, keepdims=True) + 1e-6)
    beta = 0.5 + 0.4 * wave(np.sin, 0.7, 0.5, T)
    return {
        "q": wave(np.sin, 0.37, 0.1, T, K),
        "k": k,
        "k_unit": unit,
        "v": wave(np.sin, 0.11, 0.3, T, V),
        "g_head": np.log([1 - 2.0**-5]),
        "g_token": -(0.05 + 0.1 * (1 + wave(np.sin, 0.9, 0.0, T))),
        "g_row": -(0.05 + 0.1 * (1 + wave(np.sin, 0.51, 0.4, T, K))),
        "beta": beta,
        "bonus": np.full((1, K), 0.5),
        "left": beta[..., None] * unit,
        "right": -unit,
        "o0": np.full((1, 1, T, V), np.nan),
        "s0": 0.1 * wave(np.cos, 0.3, 0.7, K, V),
    }


def run(program: str, name: str, pipeline: str, arguments: list) -> list:
    """Output and final state of one function."""
    with tempfile.TemporaryDirectory() as directory:
        command = ["attn-run", program, f"--entry={name}", f"--pipeline={pipeline}"]
        for i, argument in enumerate(arguments):
            path = os.path.join(directory, f"{i}.npy")
            np.save(path, argument)
            command.append(f"--input={path}")
        paths = [os.path.join(directory, f"{x}.npy") for x in ("output", "state")]
        subprocess.run(command + [f"--output={x}" for x in paths], check=True)
        return [np.load(path).astype("f8") for path in paths]


def main() -> int:
    program, tolerance, pipeline = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    with open(program, encoding="utf-8") as file:
        text = file.read()
    values, failed = inputs(), False
    for name, arguments in re.findall(r"func\.func @(\w+)\((.*?)\)\s*->", text, re.S):
        found = run(program, name, pipeline, [
            values[x].astype("f8" if element == "f64" else "f4")
            for x, element in re.findall(r"%(\w+): tensor<[^>]*x(f\d+)>", arguments)
        ])
        total, size, state, row = ROWS[name]
        output = found[0]
        differences = [output.sum() - total, np.abs(output).sum() - size,
                       found[1].sum() - state, *(output[0, 0, -1] - row)]
        # The published digits end at 1e-8.
        allowed = max(tolerance * size, 1e-8)
        wrong = not np.abs(differences).max() <= allowed
        failed |= wrong
        print(f"{name} {pipeline}:", f"off by {differences}" if wrong else "ok")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
