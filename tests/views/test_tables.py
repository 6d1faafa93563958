"""Tables on a terminal: which columns fit."""

import pytest
from rich.console import Console

from hpsearch.views.tables import broken, fitting, trial_table

CELLS = {"rank": ["1"], "loss": ["0.25"], "optimizer": ["a name of thirty characters..."], "width": ["64"]}


def shown(cells: dict[str, list[str]], width: int) -> tuple[str, list[str]]:
    kept, left_out = fitting(cells, width, {"rank", "loss"})
    out = Console(width=width)
    with out.capture() as captured:
        out.print(trial_table(kept, best=[]))
    return captured.get(), left_out


def test_a_narrow_column_stays_where_a_wide_one_before_it_does_not_fit() -> None:
    text, left_out = shown(CELLS, 30)
    assert left_out == ["optimizer"]
    assert text.split() == ["rank", "loss", "width", "1", "0.25", "64"]
    assert shown(CELLS, 80)[1] == []
    assert shown(CELLS, 10)[1] == ["width", "optimizer"]


def test_letters_that_are_two_columns_wide_are_counted_as_such() -> None:
    text, left_out = shown({**CELLS, "optimizer": ["日本語の値" * 3]}, 40)
    assert left_out == ["optimizer"]
    assert "…" not in text


def test_control_characters_are_counted_as_they_are_written_out() -> None:
    text, left_out = shown({**CELLS, "optimizer": ["\x1b" * 6]}, 43)
    assert not left_out
    assert r"\x1b" * 6 in text


@pytest.mark.parametrize(
    ("name", "width", "lines"),
    [
        ("learning_rate", 30, ["learning_rate"]),
        ("learning_rate", 10, ["learning_", "rate"]),
        ("model.encoder.number_of_heads/layer-1", 16, ["model.encoder.", "number_of_heads/", "layer-1"]),
        ("a" * 20, 10, ["a" * 20]),
        ("__a", 1, ["__", "a"]),
        ("", 5, [""]),
    ],
)
def test_a_name_is_broken_behind_its_separators_alone(name: str, width: int, lines: list[str]) -> None:
    assert broken(name, width).split("\n") == lines
