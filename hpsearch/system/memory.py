"""Whether the system killed processes because memory ran out: what Linux counts, where it can be read."""

import contextlib
import re
from functools import cache
from pathlib import Path

_COUNT = re.compile(rb"^oom_kill (\d+)", re.MULTILINE)


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
