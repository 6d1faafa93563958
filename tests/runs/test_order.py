"""The order of the lines of `parameters:` decides nothing: neither the trials, nor whether a run goes on."""

from pathlib import Path

import pytest

from hpsearch.config import Config, read_config
from hpsearch.runs import open_run

LINES = [
    "rate: loguniform(1e-4, 1)",
    "kind: [a, b]",
    "beta: {distribution: uniform, min: 0, max: 1, when: {kind: a, size: [8, 64]}}",
    "size: {distribution: ordinal, values: [8, 16, 64]}",
]
SEARCHES = {
    "random": "{trials: 40}",
    "grid": "{method: grid, grid: 3}",
    "coarse": "{method: coarse_to_fine, trials: 24, rounds: 3}",
    "points first": "{trials: 40, points: [{rate: 0.5, size: 16, kind: b}, {kind: a, beta: 0.5, size: 8, rate: 0.1}]}",
}


def config(lines: list[str], search: str, folder: Path) -> Config:
    (folder / "score_by_names.py").write_text(
        "def score(**params):\n    return params['rate'] + params.get('beta', 0)\n"
    )
    text = ["name: order", "function: score_by_names:score", "metric: {name: y, goal: minimize}", "parameters:"]
    text += [f"  {line}" for line in lines] + [f"search: {search}", "execution: {workers: inline}"]
    return read_config("\n".join(text), source="order", folder=folder)


def trials(config: Config, runs: Path, stop_after: int = 1000) -> list[dict[str, object]]:
    with open_run(config, runs) as run:
        done: list[object] = []
        for finished in run.arrivals(lambda: len(done) >= stop_after):
            done.extend(finished)
        return [dict(trial.params) for trial in run.history.trials]


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_swapped_lines_are_the_same_search_and_go_on_with_it(search: str, tmp_path: Path) -> None:
    one, other = (config(lines, search, tmp_path) for lines in (LINES, LINES[::-1]))
    whole = trials(one, tmp_path / "one")
    assert trials(other, tmp_path / "other") == whole
    assert len(trials(one, tmp_path / "stopped", stop_after=5)) < len(whole)
    assert trials(other, tmp_path / "stopped") == whole
