"""Ranges at the ends of what floats can hold: refused with their place before the first trial, or right to the end."""

from pathlib import Path

import pytest

REFUSED = {
    "uniform(1, 1.0000000000000002)": "further apart",
    "uniform(0.9999999999999999, 1)": "further apart",
    "loguniform(1, 1.0000000000000002)": "further apart",
    "uniform(1e200, 1.0000000000000001e200)": "further apart",
    "loguniform(5e-324, 1e-300)": "no smaller than 1e-300",
    "uniform(0, 5e-324)": "no smaller than 1e-300",
    "uniform(-1.7e308, 1.7e308)": "finite ends",
    "uniform(0, 1.7e308)": "at most 1e+300 in size",
    "loguniform(1, 1e301)": "at most 1e+300 in size",
    "reverseloguniform(0.5, 0.9999999999999999)": "at most 1 - 1e-10",
    "randint(9007199254740991, 9007199254740993)": "up to 10^15",
    "randint(9223372036854775806, 9223372036854775808)": "up to 10^15",
    "uniform(0, 1, 1e-13)": "too fine",
    "uniform(1, 1.5, 1)": "larger than the range",
}
ACCEPTED = [
    "uniform(7, 100000000000000000000)",
    "uniform(-1e300, 1e299)",
    "uniform(1, 1.00000001)",
    "uniform(-1e-299, 1e-299)",
    "loguniform(1e-300, 1e300)",
    "loguniform(1e-300, 1.1e-300)",
    "reverseloguniform(0.5, 0.9999999999)",
    "reverseloguniform(-1e20, 0.5)",
    "randint(999999999999999, 1000000000000000)",
    "randint(-1000000000000000, 1000000000000000)",
    "lograndint(1, 1000000000000000)",
    "uniform(0, 1, 1e-12)",
    "uniform(1e17, 1.0000000001e17, 5e6)",
    "reverseloguniform(-0.999999999, 0, 1)",
]


@pytest.fixture
def with_range(tmp_path: Path):
    """The file of a config with this range."""
    (tmp_path / "score_of_ends.py").write_text("def score(x, y):\n    return y\n")

    def write(text: str, method: str = "random, trials: 12") -> str:
        path = tmp_path / "c.yaml"
        parameters = f"parameters:\n  x: {text}\n  y: uniform(0, 1)\nexecution: {{workers: inline}}\n"
        head = "function: score_of_ends:score\nmetric: {name: y, goal: minimize}\n"
        path.write_text(f"{head}{parameters}search: {{method: {method}}}\n")
        return str(path)

    return write


@pytest.mark.parametrize(("text", "rule"), REFUSED.items())
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_range_that_floats_cannot_spread_is_refused_where_it_stands(cli, with_range, text, rule, command) -> None:
    outcome = cli(command, with_range(text))
    assert outcome.code == 2
    assert "c.yaml:4:6: parameters.x: " in outcome.err
    assert rule in outcome.err
    assert not Path("runs").exists()


@pytest.mark.parametrize("method", ["random, trials: 12", "coarse_to_fine, trials: 30", "grid, grid: 4"])
@pytest.mark.parametrize("text", ACCEPTED)
def test_what_is_accepted_is_right_to_the_end(cli, with_range, text, method) -> None:
    config = with_range(text, method)
    for command in (["check", config], ["run", config], ["report", "c"], ["zoom", "c", "--trials", "4", "--yes"]):
        outcome = cli(*command)
        assert outcome.code == 0, outcome.err
        assert "Warning" not in outcome.err
    for command in (["report", "c"], ["zoom", "c", "--write", "z.yaml"], ["check", "z.yaml"], ["best", "c"]):
        outcome = cli(*command)
        assert outcome.code == 0, outcome.err
