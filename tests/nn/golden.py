"""The kernel's numbers, as hashes of 50 trainings: `python -m tests.nn.golden` compares, `--write` takes new ones.

A change of any of them is a new kernel.VERSION.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.nn import NetworkSpec, Samples, TrainingResult, hyperparameters, kernel, train
from hpsearch.nn.randomness import bits

FILE = Path(__file__).with_name("golden.json")
INPUTS, CLASSES = 7, 3


def samples(n: int, start: int) -> Samples:
    """Classes around three corners, by whole numbers and quotients alone."""
    drawn = bits(start, n * INPUTS).reshape(n, INPUTS)
    labels = (np.arange(n) * 7 % CLASSES).astype(np.int64)
    around = np.eye(CLASSES, INPUTS)[labels] * 1.5
    return Samples((around + (drawn >> np.uint64(44)).astype(np.float64) / 2**19 - 1).astype(np.float32), labels)


TRAIN, VALIDATION = samples(83, 1), samples(40, 2)


def specs(count: int = 50) -> Iterator[NetworkSpec]:
    """Networks of every kind: each option of each word, widths around the padding, mini-batches with a rest."""
    words = {name: known.options for name, known in hyperparameters().items() if known.options and name != "dtype"}
    values: dict[str, tuple[Any, ...]] = {
        **words,
        "hidden": ((), (1,), (16,), (33,), (5, 40), (64, 17, 2), (130,)),
        "batch_size": (2, 7, 16, 41, 83, 100),
        "learning_rate": (0.003, 0.02, 0.1),
        "momentum": (0.9, 0.0),
        "beta1": (0.9, 0.5),
        "beta2": (0.999, 0.9),
        "dropout": (0.0, 0.0, 0.3),
        "l2": (0.0, 0.0, 0.01),
        "epsilon": (1e-8, 1e-3),
        "bn_momentum": (0.9, 0.5),
        "decay_every": (2,),
        "decay_rate": (0.9,),
    }
    for i in range(count):
        drawn = bits(1000 + i, len(values)).tolist()
        chosen = {name: options[bit % len(options)] for (name, options), bit in zip(values.items(), drawn, strict=True)}
        yield NetworkSpec(**chosen, epochs=4, seed=i)


def digest(result: TrainingResult) -> str:
    """A hash of all that a training gives, to the bit."""
    state, found = result.state, hashlib.sha256()
    groups = [state.parameters, state.running, *state.moments.values()]
    for array in (array for named in groups for _, array in sorted(named.items())):
        found.update(np.ascontiguousarray(array, "<f4").tobytes())
    for values in (*result.curves.values(), sorted(state.powers.values())):
        found.update(np.array(values, "<f8").tobytes())
    return found.hexdigest()[:16]


def digests() -> list[str]:
    """Those of the kernel here."""
    return [digest(train(spec, TRAIN, VALIDATION, CLASSES, engine="kernel")) for spec in specs()]


if __name__ == "__main__":
    here = {"version": kernel.VERSION, "digests": digests()}
    if "--write" in sys.argv:
        FILE.write_text(json.dumps(here, indent=1) + "\n", encoding="utf-8")
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    different = sum(a != b for a, b in zip(here["digests"], kept["digests"], strict=True))
    print(f"{kernel.variant()}: {different} of {len(kept['digests'])} differ")
    sys.exit(different > 0)
