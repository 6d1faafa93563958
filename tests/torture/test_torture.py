"""A few moments of each torture; in full by hand, each `python -m tests.torture.NAME COUNT`."""

import subprocess
import sys
from pathlib import Path

from tests.torture import carried_on, damage, signals


def test_a_few_signals_leave_no_traceback_and_no_false_row(tmp_path: Path) -> None:
    tally = signals.torture(3, 7, tmp_path, kinds=("function",))
    assert tally.attempts == 3
    assert tally.faults == []


def test_a_few_damages_are_refused_or_harmless_and_repair_leaves_a_run_to_go_on_with(tmp_path: Path) -> None:
    tally = damage.torture(12, 3, tmp_path)
    assert tally.attempts == 12
    assert tally.faults == []


def test_a_few_made_up_configs_are_read_or_refused() -> None:
    words = [sys.executable, "-m", "tests.torture.configs", "100", "0"]
    done = subprocess.run(words, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("100 configs"), done.stdout + done.stderr
    assert done.returncode == 0


def test_a_few_kills_of_trials_that_are_carried_on_change_nothing(tmp_path: Path) -> None:
    tally = carried_on.torture(1, 4, tmp_path, objectives=("command",), names=("population", "fork"))
    assert tally.kills.total() >= 2
    assert tally.faults == []
