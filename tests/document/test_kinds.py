"""Kinds of values: what a person may write, and what it means."""

import pytest

from hpsearch.document import Invalid, Node, Size
from hpsearch.errors import Place


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [(12, 12), ("500 MB", 500_000_000), ("1.5GiB", 1_610_612_736), ("2 kB", 2000), ("2 KiB", 2048), ("7 B", 7)],
)
def test_a_size_is_by_thousands_or_with_an_i_by_1024(text: object, bytes_: int) -> None:
    assert Size().read(Node(text, Place(""))) == bytes_


@pytest.mark.parametrize("text", [0, -3, 1.5, True, "apples", "5 Mb", "0 MB", "1e30", 1e30, "9999999999 TiB", None])
def test_what_is_no_size_is_refused(text: object) -> None:
    with pytest.raises(Invalid, match="500 MB or 10 GiB"):
        Size().read(Node(text, Place("")))
