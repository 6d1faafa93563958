import pytest
from rich.cells import cell_len

from hpsearch.views.terminal import wrapped

ERROR = """\
wrong.yaml:4:18: parameters.learning_rate: loguniform needs 0 < min < max, got min=0, max=1
   4 |   learning_rate: loguniform(0, 1), which is far too long a line to be shown in one piece
     |                  ^^^^^^^^^^^^^^^^
  start above 0, such as 0.0001, or use `uniform` for a range that includes 0
  --yes           go on in the same run, in a new round: old trials count where they lie in it"""


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_message_is_broken_between_words_beneath_its_own_beginning(width) -> None:
    lines = wrapped(ERROR, width).split("\n")
    assert " ".join("\n".join(lines).split()) == " ".join(ERROR.split())
    quoted = [line for line in lines if "|" in line]
    assert quoted == ERROR.split("\n")[1:3]  # what points at a place is left as it is
    assert max(cell_len(line) for line in lines if line not in quoted) <= width
    behind = lines[next(i for i, line in enumerate(lines) if line.startswith("  --yes")) :]
    assert all(line.startswith(" " * 18) for line in behind[1:])


def test_wide_letters_count_as_the_columns_that_they_take() -> None:
    assert max(map(cell_len, wrapped("学習率 が 大きすぎ て 発散 しました " * 5, 30).split("\n"))) <= 30


def test_a_word_that_is_longer_than_a_line_is_left_whole() -> None:
    assert wrapped("see " + "x" * 50, 20) == "see\n" + "x" * 50
