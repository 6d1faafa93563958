"""A disk that is full at a random moment: python -m tests.torture.disk 100 [SEED].

No file may grow past a random size, which fails as a full disk does, in run.db, its log or best.npz.
Counts tracebacks, and searches that do not go on to the undisturbed table.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from tests.torture.signals import hpsearch, rows

CONFIGS = {
    "network": "model: network\ndata: {name: blobs, points: 60}\n"
    "parameters: {learning_rate: 'loguniform(1e-3, 1)', units: 'randint(100, 3000)', epochs: 2}\n",
    "command": "command: [sh, -c, 'seq 100; echo score=$0', '{x}']\nmetric: {name: score, goal: maximize}\n"
    "parameters: {x: 'uniform(0, 1)'}\n",
}
COMMON = "search: {trials: 20}\nexecution: {workers: 2}\n"


def search(place: Path, largest: int = resource.RLIM_INFINITY) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        hpsearch("run", "search.yaml"),
        cwd=place,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY)),
    )


def torture(attempts: int, seed: int, place: Path) -> tuple[Counter[str], list[str]]:
    """Counts of what came, and the faults."""
    rng, came, faults, right = np.random.default_rng(seed), Counter[str](), list[str](), {}
    for kind, text in CONFIGS.items():
        (place / kind).mkdir()
        (place / kind / "search.yaml").write_text(text + COMMON)
        search(place / kind)
        right[kind] = rows(place / kind / "runs" / "search")
    for i in range(attempts):
        kind = list(CONFIGS)[i % len(CONFIGS)]
        largest = int(10 ** rng.uniform(3, 5.5))
        shutil.rmtree(place / kind / "runs")
        cut = search(place / kind, largest)
        came["cut off" if cut.returncode else "to the end"] += 1
        said = cut.stdout + cut.stderr
        if "Traceback" in said or cut.returncode not in (0, 1):
            faults.append(f"tracebacks: {kind}, {largest} bytes: {cut.returncode} {said[-1500:]}")
        again = search(place / kind)
        found = rows(place / kind / "runs" / "search")
        if again.returncode or found != right[kind]:
            wrong = {key: row for key, row in found.items() if right[kind].get(key) != row}
            faults.append(f"not resumed: {kind}, {largest} bytes: {said[-600:]} {again.stderr[-600:]} {wrong}")
    return came, faults


def main() -> None:
    attempts, seed = (int(word) for word in (*sys.argv[1:], *("50", "0")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as place:
        came, faults = torture(attempts, seed, Path(place))
    print(*faults, sep="\n\n")
    kinds = Counter(fault.split(":")[0] for fault in faults)
    counts = ", ".join(f"{kinds[kind]} {kind}" for kind in ("tracebacks", "not resumed"))
    print(f"{attempts} attempts ({came['cut off']} cut off), {counts}")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
