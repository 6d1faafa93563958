import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.data.dataset import encode_labels
from hpsearch.errors import DataError


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (np.array([10, 9, 10, 9]), ("9", "10")),
        (np.array([2.0, -1.0, 2.0, -1.0], dtype=np.float32), ("-1", "2")),
        (np.array([True, False, False, True]), ("False", "True")),
        (np.array(["b", "a", "a", "b"]), ("a", "b")),
        (np.array([b"b", b"a", b"a", b"b"]), ("a", "b")),
        (np.array(["10", "9", "9", "10"]), ("9", "10")),
        (np.array([255, 0, 0, 255], dtype=np.uint8), ("0", "255")),
    ],
)
def test_labels_of_any_type_become_sorted_names(values, classes):
    codes, names = encode_labels(values, "here")
    assert names == classes
    assert codes.dtype == np.int64
    first, second = (codes[values == value] for value in values[:2])
    assert (first == first[0]).all()
    assert (second == 1 - first[0]).all()


@given(
    st.lists(st.integers(-500, 500), min_size=2, max_size=5, unique=True),
    st.integers(2, 5),
    st.sampled_from([int, float, str]),
)
def test_a_class_number_is_the_rank_of_its_value(values, repeats, kind):
    codes, names = encode_labels(np.array([kind(value) for value in values * repeats]), "here")
    assert [int(names[code]) for code in codes] == values * repeats
    assert list(map(int, names)) == sorted(values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, np.nan, np.nan, 2.0], "here: 2 labels are missing"),
        ([1.5, 2.0, 1.5, 2.25], r"here: 3 labels are not whole numbers \(1.5, 2.25\).*bins"),
        ([1.0, np.inf, 1.0, 1.0], "not whole numbers"),
        ([3, 3, 3, 3], "every row has the class '3'; at least two"),
        ([1, 2, 3, 4], "4 different labels in 4 rows are too many classes"),
        (list(range(1001)) * 2, "1001 different labels.*at most 1000"),
        ([1j, 2j, 1j, 2j], "labels of type complex128.*use integers or text"),
    ],
)
def test_labels_that_are_no_classes_are_refused_with_the_reason(values, message):
    with pytest.raises(DataError, match=message):
        encode_labels(np.array(values), "here")
