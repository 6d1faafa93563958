"""What a config's `data:` says, for the processes that have to read it again."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DataSource:
    """Where the rows come from and how they are cut. It holds no rows: cheap to hash, compare and pickle.

    Exactly one of `name` and `path` is set; `problems` checks this and every value below.

    Attributes:
        name: a built-in data set, a key of `BUILT_IN`.
        path: a user's file, of one of the kinds in `SUPPORTED`.
        target: the label column of a table, or the label array of an NPZ file.
        labels: the labels file of an IDX images file; found beside the images when it is not given.
        drop: columns of a table that are not inputs.
        validation: fraction of the rows to rank trials by, in (0, 1).
        test: fraction of the rows kept for the last evaluation, in (0, 1). Neither fraction counts rows that
            the file itself assigns to validation or test.
        seed: seed of the split, and of generated points.
        points: number of points of blobs and spirals.
        classes: number of classes of blobs and spirals.
        noise: spread of blobs (standard deviation in x and y) and of spirals (standard deviation in radians).
    """

    name: str | None = None
    path: Path | None = None
    target: str | None = None
    labels: Path | None = None
    drop: tuple[str, ...] = ()
    validation: float = 0.2
    test: float = 0.2
    seed: int = 0
    points: int = 600
    classes: int = 3
    noise: float = 0.2
