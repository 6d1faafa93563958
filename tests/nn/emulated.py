"""The kernel's numbers on other processors, which qemu emulates: `python -m tests.nn.emulated`.

Python prepares the golden trainings here; a program for the other machine trains them, see driver.c. ziglang compiles
it for Linux with the kernel in it, needing nothing of a system but its calls. Processors that are not emulated here are
named with what they lack.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np

from hpsearch.nn import kernel
from hpsearch.nn.layout import Array
from hpsearch.nn.training import ENGINES
from tests.nn.golden import FILE, digests
from tools.kernel import VARIANTS, here, variants, words, zig

DRIVER = Path(__file__).with_name("driver.c")
MACHINES = (*VARIANTS, "aarch64", "riscv64")


class Elsewhere(kernel.Trainer):
    """Trains by a program of its own, called by `command`."""

    def __init__(self, command: Sequence[str], *data) -> None:
        super().__init__(*data)
        self._command = command

    def train(self, epoch: int, alphas: Array, stop: Array) -> list[tuple[float, ...]]:
        """As the kernel's."""
        arrays = {name: array for name, array in (self._arrays | {"stop": stop}).items() if array.nbytes}
        values = np.frombuffer(bytes(self._training), "<i8")
        names = [name for name, *_ in self._training._fields_]
        sent = [np.int64(len(names))]
        for name, value in zip(names, values, strict=True):
            sent += [np.int64(arrays[name].nbytes), arrays[name]] if name in arrays else [np.int64(0), value]
        sent += [np.int64(epoch), np.int64(len(alphas)), np.ascontiguousarray(alphas, np.float64)]
        given = b"".join(part.tobytes() for part in sent)
        # Errors go where ours go: what wine leaves running would hold a pipe open.
        back = subprocess.run(self._command, input=given, stdout=subprocess.PIPE, check=True).stdout
        done, at = int(np.frombuffer(back, "<i8", 1)[0]), 8 + 32 * len(alphas)
        curves = np.frombuffer(back, "<f8", 4 * len(alphas), 8).reshape(-1, 4)
        for name in names:
            if name in arrays:
                array = arrays[name]
                array[:] = np.frombuffer(back, array.dtype, array.size, at).reshape(array.shape)
                at += array.nbytes
        return [tuple(row) for row in curves[:done].tolist()]


def differing(command: Sequence[str]) -> int:
    """How many of the golden hashes are others where a program trains."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))["digests"]
    with patch.dict(ENGINES, kernel=partial(Elsewhere, command)):
        return sum(ours != theirs for ours, theirs in zip(digests(), kept, strict=True))


def emulator(machine: str) -> list[str]:
    """The words before a program for a machine's processor under Linux; none for that of this machine.

    Raises:
        OSError: what is missing for it.
    """
    if sys.platform == "linux" and here().startswith(f"{machine}-"):
        return []
    found = next(filter(None, (shutil.which(f"qemu-{machine}{kind}") for kind in ("", "-static"))), None)
    if found is None:
        raise OSError(f"no qemu-{machine} here")
    return [found]


def compared(machine: str) -> dict[str, int]:
    """Variant of a machine's -> how many of the golden hashes it differs in; of those that can be run here.

    Raises:
        OSError: what is missing for it.
    """
    before, target, found = emulator(machine), f"{machine}-linux-musl", {}
    compiler = zig(target)
    for variant in runnable(machine):
        with tempfile.TemporaryDirectory() as place:
            program = str(Path(place) / "driver")
            compiled = words(compiler, target, variant, first=False)
            subprocess.run([*compiled, str(DRIVER), "-o", program], check=True)
            found[variant] = differing([*before, program])
    return found


def runnable(machine: str) -> list[str]:
    """Of a machine's variants those that run here: those of this processor, the first of any that is emulated."""
    best = kernel.variant() if here().startswith(f"{machine}-") and kernel.missing() is None else "base"
    every = list(variants(machine))
    return every[: every.index(best) + 1]


def main() -> int:
    """Every machine and variant; 1 where one of them differs."""
    wrong = 0
    for machine in MACHINES:
        try:
            found = compared(machine)
        except OSError as err:
            print(f"{machine}: not run: {err}")
            continue
        how = f"under {Path(emulator(machine)[0]).name}" if emulator(machine) else "here"
        for variant, different in found.items():
            print(f"{machine} {variant} {how}: {different} of 50 differ", flush=True)
            wrong += different
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
