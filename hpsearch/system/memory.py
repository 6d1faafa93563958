"""Memory: how much of it there is to take, and whether the system killed processes because it ran out."""

import contextlib
import re
import resource
from functools import cache
from pathlib import Path

_COUNT = re.compile(rb"^oom_kill (\d+)", re.MULTILINE)


_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))  # v2, v1


def available() -> int:
    """Bytes that this process can still take: the free ones, within the limits of its container and its own."""
    import psutil

    return _within_limits(psutil.virtual_memory().available)


def total() -> int:
    """Bytes that this process could take if it had the machine for itself, within the same limits."""
    import psutil

    return _within_limits(psutil.virtual_memory().total)


def _within_limits(size: int) -> int:
    limits = [size]
    for path in _LIMITS:
        with contextlib.suppress(OSError, ValueError):  # "max" is no limit
            limits.append(int(path.read_text(encoding="ascii")))
    own = resource.getrlimit(resource.RLIMIT_AS)[0]
    return min(limits if own == resource.RLIM_INFINITY else [*limits, own])


def kills() -> int:
    """Processes that were killed for memory so far, on this machine and in this control group.

    Only a rise says something: read it before a process starts and after it died of SIGKILL. Always 0 where
    the system does not tell.
    """
    total = 0
    for path in _sources():
        with contextlib.suppress(OSError):
            total += sum(map(int, _COUNT.findall(path.read_bytes())))
    return total


@cache
def _sources() -> tuple[Path, ...]:
    """The files that hold a count: of the whole machine, and of this process's control group (v2, v1)."""
    root, found = Path("/sys/fs/cgroup"), [Path("/proc/vmstat")]
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                found.append(root / path.lstrip("/") / "memory.events")
            elif "memory" in controllers.split(","):
                found.append(root / "memory" / path.lstrip("/") / "memory.oom_control")
    return tuple(path for path in found if path.exists())
