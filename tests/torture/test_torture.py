"""A few moments of each torture; in full by hand, each `python -m tests.torture.NAME COUNT`."""

from pathlib import Path

from tests.torture import signals


def test_a_few_signals_leave_no_traceback_and_no_false_row(tmp_path: Path) -> None:
    tally = signals.torture(3, 7, tmp_path, kinds=("function",))
    assert tally.attempts == 3
    assert tally.faults == []
