"""This process's surroundings: cores, BLAS threads, devices, versions, and the environment of processes to come."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

_BLAS_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_DEVICE_VARIABLES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def slots(workers: int | None, devices: Sequence[int | str] = ()) -> int:
    """How many trials run at a time: 1 for 0 workers, which are none; None for one per device, else per core."""
    return 1 if workers == 0 else workers or len(devices) or cores()


def blas_threads(count: int) -> dict[str, str]:
    """The environment in which NumPy, OpenMP and their kin use so many threads; read when they are imported."""
    return dict.fromkeys(_BLAS_VARIABLES, str(count))


def pin_threads() -> None:
    """One BLAS thread in this process, unless the user has said how many.

    Its matrices are small: more threads than that only wait for one another, on busy cores for seconds. To be called
    before NumPy is imported.
    """
    for name, count in blas_threads(1).items():
        os.environ.setdefault(name, count)


def visible(device: int | str) -> dict[str, str]:
    """The environment in which this device is the only one."""
    return dict.fromkeys(_DEVICE_VARIABLES, str(device))


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set these variables for the processes that are started meanwhile, and set them back."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def versions() -> dict[str, str]:
    """The versions that a run's figures come from."""
    from importlib.metadata import version

    return {
        **{name: version(name) for name in ("hpsearch", "numpy")},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": str(os.cpu_count()),
    }
