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
