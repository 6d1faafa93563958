"""How long it takes, and how many lines, from a script of one's own to the first ranked table; beside two peers.

    python tests/benchmarks/first_table.py [--trials 20] [--install] [--only WAY ...]

The script is configs/train_sklearn.py, as people have it: options in, a printed metric out. What has to be written is
what each quickstart asks for: a config beside the script as it stands, or the script made into a function (Optuna), or
into a loop that logs (W&B, whose sweeps need a server: offline it draws no settings and shows no table, so the loop
does both). Lines are those that differ from the script, without blank ones and comments, and the commands. Seconds are
of the clock on the wall, of a process from its start to its end, when the table stands there; what a person needs to
think and type is not in them. hpsearch has as many workers as there are cores, and starts a script anew for each
trial; the others run in one process, one trial after the other, as their quickstarts do.

`--install` times a fresh environment too: for hpsearch a clone of this repository, for the others their packages, with
those of the script for all three; what pip has cached is used. Needs optuna, pandas, scikit-learn and wandb beside
hpsearch.
"""

import argparse
import difflib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "configs" / "train_sklearn.py"
CONFIG = """\
command: [python, train.py, --C, "{C}", --kernel, "{kernel}", --gamma, "{gamma}"]
metric: {name: accuracy, goal: maximize}
parameters:
  C: loguniform(0.01, 1000)
  kernel: [linear, rbf]
  gamma: {distribution: loguniform, min: 1e-5, max: 1, when: {kernel: rbf}}
search: {trials: TRIALS}
"""
BY_FUNCTION = """\
function: train:train
metric: {name: accuracy, goal: maximize}
parameters:
  C: loguniform(0.01, 1000)
  kernel: [linear, rbf]
  gamma: {distribution: loguniform, min: 1e-5, max: 1, when: {kernel: rbf}}
search: {trials: TRIALS}
"""
HEAD = """\
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC
"""
FUNCTION = f"""\
{HEAD}
inputs, labels = load_digits(return_X_y=True)

def train(C, kernel, gamma="scale"):
    return cross_val_score(SVC(C=C, kernel=kernel, gamma=gamma), inputs, labels, cv=3).mean()
"""
OPTUNA = f"""\
import optuna
{HEAD}
inputs, labels = load_digits(return_X_y=True)

def objective(trial):
    kernel = trial.suggest_categorical("kernel", ["linear", "rbf"])
    gamma = trial.suggest_float("gamma", 1e-5, 1, log=True) if kernel == "rbf" else "scale"
    model = SVC(C=trial.suggest_float("C", 0.01, 1000, log=True), kernel=kernel, gamma=gamma)
    return cross_val_score(model, inputs, labels, cv=3).mean()

study = optuna.create_study(direction="maximize")
study.optimize(objective, n_trials=TRIALS)
print(study.trials_dataframe().sort_values("value", ascending=False))
"""
WANDB = f"""\
import random
import wandb
{HEAD}
inputs, labels = load_digits(return_X_y=True)
rows = []
for _ in range(TRIALS):
    config = {{"C": 10 ** random.uniform(-2, 3), "kernel": random.choice(["linear", "rbf"])}}
    if config["kernel"] == "rbf":
        config["gamma"] = 10 ** random.uniform(-5, 0)
    with wandb.init(project="digits", config=config, mode="offline") as run:
        accuracy = cross_val_score(SVC(**config), inputs, labels, cv=3).mean()
        run.log({{"accuracy": accuracy}})
    rows.append((accuracy, config))
for row in sorted(rows, key=lambda row: -row[0]):
    print(*row)
"""


@dataclass(frozen=True)
class Way:
    """How a tool comes to its first table.

    Attributes:
        files: what is written, by name.
        command: what is typed then.
        packages: what is installed before.
    """

    files: Mapping[str, str]
    command: tuple[str, ...]
    packages: tuple[str, ...]

    @property
    def lines(self) -> int:
        """Lines to write: those that the script does not have already, and the command."""
        own = SCRIPT.read_text(encoding="utf-8").splitlines()
        return 1 + sum(
            bool(line[2:].strip()) and not line[2:].strip().startswith("#")
            for text in self.files.values()
            for line in difflib.ndiff(own, text.splitlines())
            if line.startswith("+ ")
        )


RUN = ("hpsearch", "run", "search.yaml")
WAYS = {
    "hpsearch, the script as it stands": Way({"search.yaml": CONFIG}, RUN, (".", "scikit-learn")),
    "hpsearch, a function": Way({"search.yaml": BY_FUNCTION, "train.py": FUNCTION}, RUN, (".", "scikit-learn")),
    "Optuna, a function": Way({"tune.py": OPTUNA}, ("python", "tune.py"), ("optuna", "pandas", "scikit-learn")),
    "W&B offline, a loop": Way({"log.py": WANDB}, ("python", "log.py"), ("wandb", "scikit-learn")),
}


def seconds(*steps: Callable[[], object]) -> float:
    """How long these take together."""
    begin = time.perf_counter()
    for step in steps:
        step()
    return time.perf_counter() - begin


def run(words: tuple[str, ...], folder: Path, programs: Path) -> str:
    """What a program of these says."""
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "WANDB_SILENT": "true"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def installed(way: Way, place: Path) -> tuple[Path, float]:
    """The programs of a fresh environment, and how long it took."""
    clone, environment = place / "clone", place / "environment"
    programs = environment / "bin"
    pip = (str(programs / "pip"), "install", "-q", *way.packages)
    steps = [
        lambda: run(("git", "clone", "-q", str(ROOT), str(clone)), place, programs) if "." in way.packages else None,
        lambda: run((sys.executable, "-m", "venv", str(environment)), place, programs),
        lambda: run(pip, clone if clone.exists() else place, programs),
    ]
    return programs, seconds(*steps)


def main() -> None:
    """A line for each tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--only", nargs="+", choices=WAYS, default=[*WAYS], metavar="WAY")
    options = parser.parse_args()
    for name, way in ((name, WAYS[name]) for name in options.only):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            for file, text in {"train.py": SCRIPT.read_text(encoding="utf-8"), **way.files}.items():
                (place / file).write_text(text.replace("TRIALS", str(options.trials)), encoding="utf-8")
            programs, fresh = Path(sys.executable).parent, 0.0
            if options.install:
                programs, fresh = installed(way, place)
            searched = seconds(lambda: run(way.command, place, programs))  # noqa: B023  called at once
            before = f"{fresh:.0f} s to install, " if options.install else ""
            print(f"{name}: {way.lines} lines, {before}{searched:.1f} s for {options.trials} trials", flush=True)


if __name__ == "__main__":
    main()
