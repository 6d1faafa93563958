"""The list of runs on screens of every width."""

import io
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from hpsearch.report.overview import Overview
from hpsearch.store import State
from hpsearch.views.listing import print_runs, runs_as_csv, runs_as_json

WHOLE = Overview(
    "digits",
    Path("runs/digits"),
    State.INTERRUPTED,
    finished=2,
    total=8,
    metric="validation_accuracy",
    goal="maximize",
    best=0.98765,
    trial=2,
    started=7300.0,  # ago, as `drawn` has it
    training=3700.0,
    size=1_500_000,
)


def drawn(*found: Overview, width: int = 120) -> str:
    out, now = io.StringIO(), time.time()
    begun = [replace(one, started=one.started and now - one.started) for one in found]
    print_runs(Console(file=out, width=width), Path("runs"), begun)
    return out.getvalue()


def replaced(**changes: object) -> Overview:
    return replace(WHOLE, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_list_fits_and_what_is_left_out_is_named(width: int) -> None:
    shown = drawn(WHOLE, replaced(run="m" * 70), width=width)
    assert max(map(len, shown.splitlines())) <= width
    assert re.search(r"digits +interrupted +2/8 +0\.9877 +2 h +1\.43 MiB", shown)
    assert "".join(re.findall(r"^m+", shown, re.MULTILINE)) == "m" * 70
    assert ("validation_accuracy" in shown) == (width > 80)
    assert ("left out to fit" in shown) == (width < 120)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"state": State.RUNNING, "total": None}, "running +2 "),
        ({"state": State.DONE, "finished": 8}, "done +8 "),
        ({"state": State.DONE, "finished": 5, "why": "patience"}, r"done \(patience\) +5/8"),
        ({"state": State.FAILED, "best": None}, r"failed +2/8 +2 h"),
        ({"state": State.BEGUN, "finished": 0, "best": None}, "only begun +0/8"),
        ({"started": 3 * 86400 + 5.0}, " 3 d "),
        ({"started": 61.0}, " 1 min "),
        ({"started": -100.0}, " 0 s "),
        ({"finished": None, "total": None, "started": None, "best": None}, "interrupted +1.43 MiB"),
        ({"run": "[bold]\x1b[31m"}, r"\[bold\]\\x1b\[31m +interrupted"),
    ],
)
def test_a_line_says_how_it_stands(changes: dict[str, object], text: str) -> None:
    assert re.search(text, drawn(replaced(**changes)))


def test_what_is_wrong_is_said_beneath_with_the_way_out() -> None:
    shown = drawn(
        replaced(state=State.DAMAGED, why="the database is damaged\n  `hpsearch repair digits` saves"), width=60
    )
    assert "digits: the database is damaged\n  `hpsearch repair digits` saves" in shown


def test_no_run_says_how_to_make_one() -> None:
    assert "no runs in runs; hpsearch run" in drawn()


def test_as_json_and_csv_no_run_is_an_empty_list() -> None:
    assert runs_as_json([]) == "[]"
    assert runs_as_csv([]).startswith("run,folder,state,why,process,finished,total,")
    assert len(runs_as_csv([]).splitlines()) == 1
