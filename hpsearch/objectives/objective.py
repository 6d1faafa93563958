"""The seams of what a trial trains: what a config says of it, and what the search loop calls."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from hpsearch.data import DataSource
from hpsearch.document import Key, Mistakes, Node
from hpsearch.space import Space
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.trial import Job, Metric, Params, Result, Trial


class Objective(Protocol):
    """Trains batches of jobs. Picklable: it holds paths and settings, never arrays, and loads what it needs itself.

    One that ends its trials by itself when their time is up says so: `keeps_time = True`.
    """

    @property
    def wave(self) -> int:
        """How many jobs it wants to see at once, to choose good batches among them."""

    @property
    def interrupt(self) -> Callable[[], None] | None:
        """Where it lets other threads run while it computes: ends what it trains in this process. Else None."""
        return None

    def batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Which jobs go to a worker together; the longest batch first. It depends on the jobs alone.

        Each job alone, where nothing else is said, so that one that is killed costs only itself.
        """
        return [[job] for job in jobs]

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        """Train a batch, each trial for as long as it clears the bar.

        A job that fails is a result with its reason, not an exception; but WorkerDiedError says that it was
        killed from outside and may be tried again.
        """


class ObjectiveSettings(Protocol):
    """What a config says of the objective: a row of OBJECTIVES.

    The class variables are what the reader of a config, its schema and the reference are told; the methods are
    what a run asks once a config has been read. What has a default is so for the user's own code, of which only the
    user knows.
    """

    name: ClassVar[str]  # what a run's identity calls it
    keys: ClassVar[Mapping[str, Key]]  # at the top of a config: the one that chooses it first, then what only it has
    sections: ClassVar[Mapping[str, type]]  # those of the keys that are mappings -> the dataclass that declares them
    example: ClassVar[str]  # how a config chooses it, in a line with its meaning
    # The metrics that it has -> which way is better, the usual one first; empty where only the user knows.
    metrics: ClassVar[Mapping[str, str]] = {}
    keeps_time: ClassVar[bool] = False  # whether its trials end by themselves when their time is up
    # BLAS threads of a worker where the config says nothing; None for its share of the cores.
    threads: ClassVar[int | None] = None

    @classmethod
    def read(cls, root: Node, metric: str, folder: Path, mistakes: Mistakes, *, on_site: bool) -> Self | None:
        """What the config says; None, with a mistake noted, where nothing could be trained.

        on_site: whether it is to be run here, so that programs, modules and files have to be here too.
        """

    @classmethod
    def check(cls, root: Node, space: Space, mistakes: Mistakes) -> None:  # noqa: ARG003
        """Note what is wrong with the parameters, for this objective."""
        return

    def check_here(self, root: Node, space: Space, mistakes: Mistakes) -> None:  # noqa: ARG002
        """Note what could be had elsewhere and not on this machine; asked where nothing else was wrong."""
        return

    def advice(self, space: Space) -> list[str]:  # noqa: ARG002
        """What would waste trials of this space, a sentence each."""
        return []

    def remarks(self, space: Space) -> list[str]:  # noqa: ARG002
        """What means something else in other programs, for parameters of this space, a sentence each."""
        return []

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What a trial has of the parameters that its config does not name, as far as that is known."""
        return {}

    def limits(self, name: str) -> tuple[float, float] | None:  # noqa: ARG002
        """How far the range of a parameter may go; None where only the user knows."""
        return None

    def identity(self) -> Mapping[str, Any]:
        """What of it decides the trials, by section."""

    def content(self) -> Mapping[str, str]:
        """What decides the trials and stands in files, by a name for people; DataError where one cannot be read."""
        return {}

    def examples(self, metric: Metric) -> int | None:  # noqa: ARG002
        """How many examples the metric is an accuracy over; None for any other metric."""
        return None

    def objective(
        self, metric: Metric, run: Path, beside: Path, timeout: float | None, network: str | None = None
    ) -> Objective:
        """What trains the trials of the run in this folder.

        beside: the config's folder; network: what trains networks, by its name; None for the best that there is.
        """

    # Hyperparameters that no trial can change once it has begun, as far as that is known.
    frozen: ClassVar[frozenset[str]] = frozenset()

    @property
    def pauses(self) -> bool:
        """Whether a trial can pause and be carried on."""
        return True

    def end(self, params: Params) -> int | None:  # noqa: ARG002
        """The resource at which a trial of these settings is complete; None where only the user knows."""
        return None

    def broken_rule(self, params: Params) -> str:  # noqa: ARG002
        """Why a trial of these settings cannot be trained; empty where it can, as far as that is known."""
        return ""

    @property
    def booleans(self) -> str:
        """How true and false are written as arguments, one of BOOLEANS of a command."""
        return "value"

    def trainer(self, network: str | None) -> tuple[str, str]:  # noqa: ARG002
        """By what networks are trained, as a run keeps it, and what is to be said of that; empty where none are."""
        return "", ""

    def command(self, trial: Trial, run: Path, beside: Path) -> tuple[Mapping[str, str], list[str]] | None:  # noqa: ARG002
        """The environment and the words that a trial was run with; None where it is no program."""
        return None

    @property
    def data(self) -> DataSource | None:
        """The data set that models are kept for and can be evaluated on; None for none."""
        return None
