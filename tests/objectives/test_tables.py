"""Metrics in tables that programs draw."""

import pytest

from tests.objectives.conftest import reports


def test_numbers_below_a_table_are_not_taken_for_its_rows() -> None:
    reader, found = reports("loss  acc⏎1  0.8⏎Confusion matrix⏎5  6", "acc")
    assert found == [(0.8, None)]
    assert reader.unread
    reader, found = reports("epoch  acc⏎1  0.8⏎saved a checkpoint⏎2  0.9", "acc")
    assert (reader.unread, found) == (None, [(0.8, 1), (0.9, 2)])


def test_a_row_that_lacks_a_cell_is_not_read() -> None:
    assert reports("epoch  loss  acc⏎1  0.8  0.7⏎2  0.9", "acc")[0].unread


def test_a_class_of_a_classification_report_is_not_the_metric() -> None:
    printed = (
        "  precision    recall  f1-score   support⏎⏎  0    0.50   0.50    0.50    2⏎  1    0.67   1.00    0.80    2"
    )
    assert reports(printed, "f1-score")[1] == []


def test_a_table_and_a_line_below_it_tell_of_one_thing() -> None:
    reader, found = reports("epoch  acc⏎1  0.8⏎acc: 0.9", "acc")
    assert (reader.unread, found[-1][0]) == (None, 0.9)


@pytest.mark.parametrize(
    "printed",
    [
        "|    acc     | 84.9     |",
        "------⏎| rollout/   |        |⏎|    acc     | 84.9   |⏎| time/      |        |⏎|    fps     | 20     |",
        "│ epoch ┆ acc │⏎│ ---   ┆ --- │⏎│ i64   ┆ f64 │⏎╞═══════╪═════╡⏎│ 1     ┆ 0.8  │⏎│ 2     ┆ 84.9 │",
        "│ acc ┆ f1  │⏎│ --- ┆ --- │⏎│ f64 ┆ f64 │⏎│ 84.9 ┆ 0.8 │",
    ],
)
def test_tables_of_libraries_are_read(printed: str) -> None:
    reader, found = reports(printed, "acc")
    assert (reader.unread, found[-1][0]) == (None, 84.9)


@pytest.mark.parametrize(
    "printed",
    ["| rollout/ |      |⏎|    acc   | 84.9 |⏎| eval/    |      |⏎|    acc   | 99   |", "k  acc⏎a  0.9⏎b  0.8"],
)
def test_groups_and_labels_of_one_letter_tell_rows_apart(printed: str) -> None:
    assert reports(printed, "acc")[0].unread is not None


def test_a_table_without_a_row_that_can_be_read_is_named() -> None:
    reader, found = reports("      acc   f1⏎mean  0.9  0.8⏎std  0.1  0.1", "acc")
    assert (found, reader.unread, reader.hint) == ([], None, "acc f1")


def test_a_word_below_a_header_is_no_name_of_a_column() -> None:
    assert reports("epoch  acc⏎started⏎1  0.8", "acc")[1] == [(0.8, 1)]


def test_a_column_of_numbers_may_be_named_by_their_sign() -> None:
    assert reports("| # | acc |⏎|---|---|⏎| 1 | 0.8 |⏎| 2 | 0.9 |", "acc")[1][-1][0] == 0.9
