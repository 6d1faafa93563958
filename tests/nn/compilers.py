"""The kernel by every compiler that is here, and under sanitizers: `python -m tests.nn.compilers [SHAPES]`.

Each compiler, optimization level and variant has to give the hashes of the golden file; under gcc's sanitizers of
addresses and undefined behaviour it trains networks of random shapes besides.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from hpsearch.nn import NetworkSpec, Samples, hyperparameters, kernel, train
from tests.nn.golden import FILE, digests
from tools.kernel import here, variants, words, zig

SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1")
LEVELS = ("-O1", "-O2", "-O3")


def fuzz(shapes: int) -> None:
    """Train networks of random shapes on random data, single examples, classes and units among them."""
    rng = np.random.default_rng(0)
    options = {name: known.options for name, known in hyperparameters().items() if known.options and name != "dtype"}
    for seed in range(shapes):
        n, inputs, classes = int(rng.integers(2, 90)), int(rng.integers(1, 40)), int(rng.integers(2, 40))
        words = {name: some[rng.integers(len(some))] for name, some in options.items()}
        spec = NetworkSpec(
            **{**words, "batch_norm": bool(words["batch_norm"])},
            hidden=tuple(rng.integers(1, 80, rng.integers(0, 5)).tolist()),
            batch_size=int(rng.integers(2, 100)),
            dropout=float(rng.choice([0, 0.5])),
            l2=float(rng.choice([0, 0.1])),
            learning_rate=float(10 ** rng.uniform(-4, 6)),
            decay_rate=0.5,
            epochs=2,
            seed=seed,
        )
        data = Samples(rng.normal(size=(n, inputs)).astype(np.float32), rng.integers(0, classes, n))
        train(spec, data, data, classes, engine="kernel")


def tried(command: list[str], flags: tuple[str, ...], variant: str, shapes: int) -> bool:
    """Compile a variant, and train in a process of its own; whether all went well."""
    environment = {**os.environ, "HPSEARCH_KERNEL": variant}
    if flags == SANITIZERS:
        asan = subprocess.run([*command, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
        environment |= {"LD_PRELOAD": asan.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0"}
    with tempfile.TemporaryDirectory() as place:
        library = str(Path(place) / "kernel.so")
        subprocess.run([*words(command, here(), variant, first=True), *flags, "-shared", "-o", library], check=True)
        again = [sys.executable, "-m", "tests.nn.compilers", str(shapes), library]
        done = subprocess.run(again, env=environment, check=False)
    name = command[0] if len(command) == 1 else "ziglang's clang"
    print(f"{name} {' '.join(flags)} {variant}: {'FAILED' if done.returncode else 'the same bits'}", flush=True)
    return done.returncode == 0


def main(shapes: int) -> int:
    """Every compiler, level and variant; 1 where one of them differs, or a sanitizer complained."""
    compilers = [[name] for name in ("gcc", "clang") if shutil.which(name)]
    if find_spec("ziglang"):
        compilers.append(zig(here()))
    fine = [
        tried(command, flags, variant, shapes if flags == SANITIZERS else 0)
        for command in compilers
        for flags in (*((level,) for level in LEVELS), *([SANITIZERS] if command == ["gcc"] else []))
        for variant in variants(here())
    ]
    return int(not all(fine))


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    if len(sys.argv) > 2:  # in a process of its own
        kernel.LIBRARY = Path(sys.argv[2])
        assert digests() == json.loads(FILE.read_text(encoding="utf-8"))["digests"]
        fuzz(count)
    else:
        sys.exit(main(count))
