"""Texts that look like numbers stay texts on every way that a run may take."""

import csv
import io
import json
from pathlib import Path

from hpsearch.document import parse

FOLDS = ["08", "1e5", "007", "null", "~", ""]
CONFIG = f"""\
command: [sh, -c, 'echo m=$#', "{{fold}}", "{{tag}}"]
metric: {{name: m, goal: minimize}}
parameters:
  fold: {json.dumps(FOLDS)}
  tag: "1e3"
search: {{method: grid}}
execution: {{workers: inline}}
"""


def test_texts_in_quotes_come_through_every_command(cli, tmp_path: Path) -> None:
    path = tmp_path / "folds.yaml"
    path.write_text(CONFIG)
    assert cli("run", str(path), "--quiet").code == 0
    for more in (["retry", "folds", "2"], ["confirm", "folds", "--top", "2", "--replicates", "2"]):
        assert cli(*more).code == 0
    assert "all 6 trials are done" in cli("run", str(path)).out

    rows = list(csv.DictReader(io.StringIO(cli("report", "folds", "--format", "csv").out)))
    assert sorted(row["fold"] for row in rows) == sorted(FOLDS)
    assert json.loads(cli("best", "folds", "--format", "json").out) == {"fold": "08", "tag": "1e3"}
    assert parse(cli("best", "folds").out, "").plain() == {"fold": "08", "tag": "1e3"}

    assert cli("zoom", "folds", "--write", "zoomed.yaml").code == 0
    assert parse(Path("zoomed.yaml").read_text(), "").plain()["parameters"] == {
        "fold": {"values": FOLDS},
        "tag": {"value": "1e3"},
    }
    assert cli("run", "zoomed.yaml", "--quiet", "--name", "again").code == 0
    assert cli("zoom", "folds", "--trials", "2", "--yes").code == 0


def test_a_text_with_codes_of_a_terminal_comes_whole_out_of_a_pipe(cli, tmp_path: Path) -> None:
    value = "\x1b[31mred"
    config = {
        "command": ["sh", "-c", 'printf "%s" "$1" | wc -c | sed s/^/m=/', "sh", "{tag}"],
        "metric": {"name": "m", "goal": "minimize"},
        "parameters": {"tag": {"values": [value]}},
        "search": {"trials": 1},
        "execution": {"workers": "inline"},
    }
    (tmp_path / "c.yaml").write_text(json.dumps(config))
    assert cli("run", "c.yaml", "--quiet").code == 0
    out = cli("report", "--format", "csv").out
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["tag"], row["m"]) == (value, "8.0")
    (tmp_path / "points.csv").write_text(out)
    config["search"] = {"method": "points", "points": "points.csv"}
    (tmp_path / "points.yaml").write_text(json.dumps(config))
    assert cli("run", "points.yaml", "--quiet").code == 0
    assert value in cli("best", "points", "--format", "command").out
