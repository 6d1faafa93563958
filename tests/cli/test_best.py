"""Which trial is the best has one answer, whoever is asked."""

import json
import re
from pathlib import Path

CONFIG = """\
function: f:train
metric: {name: loss, goal: minimize}
parameters: {x: "uniform(0, 1)", k: [1, 2, 3]}
search: {trials: 12, confirm: {top: 3, replicates: 3}}
execution: {workers: inline}
"""
FUNCTION = """\
first = []
def train(x, k, seed):
    first.append(seed)
    return x if seed == first[0] else OTHERWISE
"""


def test_the_confirmed_winner_is_named_by_all(cli, tmp_path: Path) -> None:
    (tmp_path / "reversed_again.py").write_text(FUNCTION.replace("OTHERWISE", "1 - x + seed % 7 * x / 100"))
    (tmp_path / "c.yaml").write_text(CONFIG.replace("f:train", "reversed_again:train"))
    ran = cli("run", "c.yaml")
    assert ran.code == 0
    whole = json.loads(cli("report", "--format", "findings").out)
    winner = whole["best"]["number"]
    ranked = [trial["trial"] for trial in whole["trials"]]
    assert winner == ranked[2]
    assert re.findall(r"Best settings \(trial (\d+)", ran.out) == [str(winner)]
    assert f"trial {winner} is the one to take" in cli("report").out
    assert json.loads(cli("best", "--format", "json").out) == whole["best"]["params"]
    assert "the one to take" in cli("show", "c", str(winner)).out
    assert "the one to take" not in cli("show", "c", str(ranked[0])).out
    assert ran.out.index("Confirmed with other seeds") < ran.out.index("Best settings")


def test_where_every_replicate_failed_the_best_trial_stays_the_best(cli, tmp_path: Path) -> None:
    (tmp_path / "never_again.py").write_text(FUNCTION.replace("OTHERWISE", "1 / 0"))
    (tmp_path / "c.yaml").write_text(CONFIG.replace("f:train", "never_again:train"))
    cli("run", "c.yaml")
    whole = json.loads(cli("report", "--format", "findings").out)
    assert whole["best"]["number"] == whole["trials"][0]["trial"]
    assert "winner" not in cli("report").out
