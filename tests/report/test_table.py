"""Which name a column has, and what stands in it where there is nothing."""

import pytest

from hpsearch.history import History
from hpsearch.report import ABSENT, TrialTable
from hpsearch.trial import Metric, Result, Status, Trial


def table(metric: str, *rows: tuple[dict, dict]) -> TrialTable:
    """Trials of these settings and metrics, in this order."""
    trials = (
        (Trial(number, 1, params, 0), Result(Status.COMPLETE, metrics, seconds=9.0) if metrics else None)
        for number, (params, metrics) in enumerate(rows, 1)
    )
    return TrialTable(History(Metric(metric), trials))


def test_a_printed_metric_does_not_take_the_name_of_a_hyperparameter() -> None:
    found = table("acc", ({"lr": 0.1}, {"acc": 0.5, "lr": 7.0}), ({"lr": 0.9}, {"acc": 0.4, "lr": 8.0}))
    assert found.column("lr") == found.column("params.lr") == [0.1, 0.9]
    assert found.column("metrics.lr") == [7.0, 8.0]
    assert "params.lr" not in found.columns
    assert found.select(where="lr > 0.5") == found.select(where="metrics.lr > 7.5") == [2]
    assert found.select(where="params.lr > 0.5", sort="-params.lr") == [2]


def test_the_metric_that_ranks_gives_way_to_a_hyperparameter_too() -> None:
    found = table("loss", ({"loss": "mse"}, {"loss": 0.5}), ({"loss": "mae"}, {"loss": 0.6}))
    assert found.ranked == "metrics.loss"
    assert found.column("loss") == ["mae", "mse"]
    assert found.column(found.ranked) == [0.6, 0.5]


@pytest.mark.parametrize("name", ["rank", "trial", "round", "status", "seconds", "stacked", "error"])
def test_a_column_of_the_tables_own_keeps_its_name(name: str) -> None:
    found = table("acc", ({name: 3}, {"acc": 0.5, name: 4.0}))
    assert found.column(f"params.{name}") == [3]
    assert found.column(f"metrics.{name}") == [4.0]
    assert found.column(name) not in ([3], [4.0])
    assert len(set(found.columns)) == len(found.columns)


def test_null_is_a_value_and_what_does_not_exist_is_none() -> None:
    found = table("acc", ({"a": None}, {"acc": 0.5}), ({}, {"acc": 0.4}), ({"a": 1}, {}))
    assert found.column("a") == [None, ABSENT, 1]
    assert found.column("acc") == [0.5, 0.4, ABSENT]
    assert found.select(where="a == null") == [1]
    assert found.select(sort="a") == [3, 1, 2]
    assert found.varying() == ["a"]
