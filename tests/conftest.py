"""Fixtures that many tests share: a cheap objective, a small space, and stores in a temporary folder."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hpsearch.system.environment import pin_threads

pin_threads()  # before NumPy is loaded, as in the program

import numpy as np
from hypothesis import settings

from hpsearch.space import Choice, Numeric, Parameter, Space, among
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.store import Facts, Round, Store
from hpsearch.trial import Job, Metric, Result, Status

settings.register_profile("hpsearch", deadline=None)  # a busy machine is no error
settings.load_profile("hpsearch")


@dataclass(frozen=True)
class Parabola:
    """An objective without training: score = -(x - 0.3)^2, so that larger is better and 0 is the best."""

    wave: int = 8
    size: int = 3
    log: Path | None = None

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        return [list(jobs[i : i + self.size]) for i in range(0, len(jobs), self.size)]

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        return [self.result(job) for job in batch]

    def result(self, job: Job) -> Result:
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(f"{job.trial.number} {os.getpid()}\n")
        score = -((job.trial.params["x"] - 0.3) ** 2)
        return Result(Status.COMPLETE, {"score": score}, {"score": [score - 1, score]}, seconds=0.001)


@pytest.fixture
def parabola() -> Parabola:
    return Parabola()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def space() -> Space:
    return Space(
        (
            Parameter("x", Numeric("uniform", 0.0, 1.0)),
            Parameter("kind", Choice(("a", "b"))),
            Parameter("n", Numeric("randint", 1, 5), when=({"kind": among("b")},)),
        )
    )


@pytest.fixture
def store(tmp_path: Path):
    with open_store(tmp_path / "run") as opened:
        yield opened


def open_store(folder: Path, goal: str = "maximize") -> Store:
    """A store for writing, told what its trials are ranked by."""
    facts = Facts(Metric("score", goal), document={"model": "network"})
    return Store(folder, write=True, first=lambda: (facts, Round(1, {})))


@contextmanager
def as_nobody(place: Path) -> Iterator[None]:
    """Be somebody who may not write everywhere, as root may."""
    for path in place.parents:
        if (mode := path.stat().st_mode) & 0o055 != 0o055:
            path.chmod(mode | 0o055)
    root = os.geteuid() == 0
    os.seteuid(65534 if root else os.geteuid())
    try:
        yield
    finally:
        os.seteuid(0 if root else os.geteuid())


@pytest.fixture
def metric() -> Metric:
    return Metric("score")
