"""The recipes of docs/recipes.md: each shows its file, is valid, and runs; what is not installed has a stand-in."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from hpsearch.config import load_config
from hpsearch.store import Store
from hpsearch.trial import Status
from tests.docs.transcript import ROOT

CONFIGS = ROOT / "configs"
PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
FILES = re.findall(r"\]\(\.\./configs/([\w.]+)\)", PAGE)
RECIPES = [name for name in FILES if name.endswith(".yaml")]
NEEDS = {"sklearn": ["sklearn"], "torch": ["torch"], "keras": ["keras", "jax"], "xgboost": ["xgboost", "sklearn"]}
NEEDS |= {"torch_halving": ["torch"], "torch_population": ["torch"]}
SCRIPTS = {"torch_halving": "train_torch_resumable.py", "torch_population": "train_torch_resumable.py"}
SMALLER = {
    "torch_halving": ("search.trials=6", "parameters.epochs=9"),
    "torch_population": ("search.members=6", "search.interval=2", "parameters.epochs=4"),
}
STAND_IN = """\
import os
import sys
assert len(sys.argv) > 1
came_from, left_in = (os.environ[f"HPSEARCH_CHECKPOINT_{way}"] for way in ("IN", "OUT"))
begin = int(open(f"{came_from}/epoch").read()) if came_from else 0
for epoch in range(begin + 1, int(os.environ["HPSEARCH_UNTIL"] or 30) + 1):
    print(f"epoch {epoch}: NAME={1 / epoch}", flush=True)
if left_in:
    open(f"{left_in}/epoch", "w").write(str(epoch))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(CONFIGS, tmp_path / "configs", ignore=shutil.ignore_patterns("runs"))


def call(folder: Path, *words: str, **environment: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        words, cwd=folder, env=os.environ | {"PATH": path} | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def statuses(folder: Path, name: str) -> list[Status]:
    with Store(folder / "runs" / name) as store:
        return [result.status for result in store.history().results.values()]


@pytest.mark.parametrize("name", FILES)
def test_what_a_recipe_shows_of_a_file_is_in_the_file(name: str) -> None:
    text = (CONFIGS / name).read_text(encoding="utf-8")
    shown = text if text.startswith("#!") else re.sub(r"^(#.*\n)*", "", text)
    assert name.endswith(".py") or name == "compress.sh" or f"\n{shown}```" in PAGE


def test_every_library_and_tool_that_readme_promises_has_a_recipe() -> None:
    named = re.search(r"has the same for ([^;]*);", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert named is not None
    words = re.split(r",\s+| and\s+", re.sub(r"\ban? ", "", named[1]).replace("\n", " "))
    assert [word for word in words if not re.search(rf"^## .*{word}", PAGE, re.M | re.I)] == []


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_valid_and_runs(name: str, folder: Path) -> None:
    config, run = load_config(folder / name), name.removesuffix(".yaml")
    if run in NEEDS and not all(map(find_spec, NEEDS[run])):
        (folder / SCRIPTS.get(run, f"train_{run}.py")).write_text(STAND_IN.replace("NAME", config.metric.name))
    assert "valid" in call(folder, "hpsearch", "check", name)
    fewer = [word for setting in SMALLER.get(run, ["search.trials=3"]) for word in ("--set", setting)]
    call(folder, "hpsearch", "run", name, *fewer)
    paused = {Status.PAUSED} if run in SMALLER else set()
    assert paused <= set(statuses(folder, run)) <= {Status.COMPLETE, Status.STOPPED} | paused


def test_a_search_is_a_target_of_make(folder: Path) -> None:
    call(folder, "make", "best.json")
    assert json.loads((folder / "best.json").read_text()).keys() == {"program", "level"}
    assert "up to date" in call(folder, "make", "best.json")
    text = (folder / "make.yaml").read_text().replace("trials: 12", "trials: 14")
    (folder / "make.yaml").write_text(text)
    os.utime(folder / "best.json", (0, 0))
    call(folder, "make", "best.json")
    assert len(statuses(folder, "make")) == 14


def test_each_task_of_an_array_has_a_run_of_its_own(folder: Path) -> None:
    for task in ("1", "2"):
        call(folder, "sh", "array.sh", SLURM_ARRAY_TASK_ID=task, SLURM_CPUS_PER_TASK="1")
    for name in ("digits-1", "digits-2"):
        assert statuses(folder, name) == [Status.COMPLETE] * 25


def test_the_cells_of_the_notebook_give_a_table(folder: Path) -> None:
    (cell,) = re.findall(r"```python\n(import io.*?)```", PAGE, re.S)
    cell = re.sub(r"^(\w+) = !(.*)$", r"\1 = shell('''\2''').splitlines()", cell, flags=re.M)
    cell = re.sub(r"^!(.*)$", r"shell('''\1''')", cell, flags=re.M)
    *lines, last = cell.strip().splitlines()
    known = {"shell": lambda line: call(folder, "sh", "-c", line)}
    exec("\n".join([*lines, f"shown = {last}"]), known)  # noqa: S102
    head, best = known["shown"]
    rows = list(csv.DictReader(call(folder, "hpsearch", "report", "function", "--format", "csv").splitlines()))
    assert [*head["trial"]] == [int(row["trial"]) for row in rows[:5]]
    assert best["learning_rate"] == float(rows[0]["learning_rate"])
