import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.data import Dataset, Predefined, Split, split
from hpsearch.errors import DataError


def numbered(labels, classes=None, predefined=None, inputs=None):
    """Make a data set whose only input is the row's number, so that rows are recognized in every part."""
    labels = np.asarray(labels, dtype=np.int64)
    names = tuple(f"c{c}" for c in range(classes or labels.max() + 1))
    x = np.arange(len(labels), dtype=np.float64)[:, None] if inputs is None else np.asarray(inputs)
    features = tuple(f"x{i}" for i in range(x.shape[1]))
    return Dataset("numbered", x, labels, names, features, predefined)


def rows(cut: Split, part: str) -> list[int]:
    return np.rint(getattr(cut, part).inputs[:, 0] * cut.scale[0] + cut.mean[0]).astype(int).tolist()


PARTS = ("train", "validation", "test")
counts_per_class = st.lists(st.integers(6, 40), min_size=2, max_size=6)
fractions = st.floats(0.05, 0.3)
seeds = st.integers(0, 2**32)


def shuffled(counts, seed):
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))


@given(counts_per_class, fractions, fractions, seeds)
def test_every_row_lands_in_exactly_one_part_with_its_own_label(counts, validation, test, seed):
    labels = shuffled(counts, seed)
    cut = split(numbered(labels), validation=validation, test=test, seed=seed)
    assert sorted(row for part in PARTS for row in rows(cut, part)) == list(range(len(labels)))
    for part in PARTS:
        assert labels[rows(cut, part)].tolist() == getattr(cut, part).labels.tolist()


@given(counts_per_class, fractions, fractions, seeds)
def test_every_class_gives_each_part_its_fraction_to_one_row_and_at_least_two(counts, validation, test, seed):
    cut = split(numbered(shuffled(counts, seed)), validation=validation, test=test, seed=seed)
    for part, fraction in (("validation", validation), ("test", test)):
        for c, count in enumerate(counts):
            found = getattr(cut, part).labels.tolist().count(c)
            assert found >= 2
            assert abs(found - count * fraction) < 1 or found == 2
    assert min(cut.train.labels.tolist().count(c) for c in range(len(counts))) >= 2


def test_a_part_has_its_fraction_of_all_rows_although_no_class_divides_evenly():
    cut = split(numbered(np.repeat(np.arange(10), 37)), validation=0.2, test=0.1, seed=0)
    assert [len(getattr(cut, part).labels) for part in PARTS] == [370 - 74 - 37, 74, 37]


def test_the_split_follows_the_seed_alone():
    data = numbered(np.arange(60) % 3)
    first, again, other = (split(data, validation=0.2, test=0.2, seed=seed) for seed in (0, 0, 1))
    assert [rows(first, part) for part in PARTS] == [rows(again, part) for part in PARTS]
    assert set(rows(first, "test")) != set(rows(other, "test"))


def test_the_test_rows_do_not_depend_on_the_validation_fraction():
    data = numbered(np.arange(200) % 3)
    small, large = (split(data, validation=v, test=0.2, seed=5) for v in (0.1, 0.5))
    assert rows(small, "test") == rows(large, "test")


def test_rows_sorted_by_class_are_mixed_in_the_training_part():
    cut = split(numbered(np.repeat([0, 1], 100)), validation=0.2, test=0.2, seed=0)
    assert 0.2 < cut.train.labels[:40].mean() < 0.8


def test_all_parts_are_normalized_with_the_training_rows_alone():
    rng = np.random.default_rng(3)
    # More rows than one chunk, so that the sums over chunks are compared with NumPy's over all.
    raw = rng.normal([5, -1e6], [2, 0.01], size=(10_000, 2))
    raw = np.column_stack([np.arange(10_000.0), raw])
    data = numbered(np.arange(10_000) % 4, inputs=raw)
    cut = split(data, validation=0.2, test=0.2, seed=1)
    train = raw[rows(cut, "train")]
    np.testing.assert_allclose(cut.mean, train.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(cut.scale, train.std(axis=0), rtol=1e-6)
    for part in PARTS:
        expected = (raw[rows(cut, part)] - train.mean(axis=0)) / train.std(axis=0)
        np.testing.assert_allclose(getattr(cut, part).inputs, expected, rtol=1e-5, atol=1e-5)


def test_a_constant_input_becomes_zero_with_scale_one_even_if_its_mean_is_rounded():
    x = np.column_stack([np.arange(90.0), np.full(90, 0.1), np.full(90, 1e16)])
    cut = split(numbered(np.arange(90) % 2, inputs=x), validation=0.2, test=0.2, seed=0)
    assert cut.scale[1:].tolist() == [1, 1]
    assert not cut.train.inputs[:, 1:].any()
    assert not cut.test.inputs[:, 1:].any()


def test_an_input_constant_in_training_only_is_shifted_and_not_scaled():
    given_parts = Predefined(np.arange(8), np.arange(8, 10), np.arange(10, 12))
    x = np.array([3.0] * 8 + [5.0] * 4)[:, None]
    cut = split(numbered([0, 1] * 6, None, given_parts, x), validation=0.2, test=0.2, seed=0)
    assert cut.validation.inputs.tolist() == [[2.0], [2.0]]


def test_parts_are_float32_contiguous_and_read_only():
    cut = split(numbered(np.arange(60) % 3), validation=0.2, test=0.2, seed=0)
    for part in (cut.train, cut.validation, cut.test):
        assert part.inputs.dtype == np.float32
        assert part.labels.dtype == np.int64
        assert part.inputs.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            part.inputs[0] = 1


def test_a_predefined_test_part_stays_and_validation_is_cut_from_the_rest():
    parts = Predefined(np.arange(80), test=np.arange(80, 100))
    cut = split(numbered(np.arange(100) % 4, predefined=parts), validation=0.25, test=0.9, seed=0)
    assert rows(cut, "test") == list(range(80, 100))
    assert np.bincount(cut.validation.labels).tolist() == [5, 5, 5, 5]
    assert sorted(rows(cut, "train") + rows(cut, "validation")) == list(range(80))


def test_three_predefined_parts_stay_as_they_are():
    parts = Predefined(np.arange(10), np.arange(10, 15), np.arange(15, 20))
    cut = split(numbered(np.arange(20) % 2, predefined=parts), validation=0.2, test=0.2, seed=0)
    assert rows(cut, "validation") == list(range(10, 15))
    assert rows(cut, "test") == list(range(15, 20))
    assert sorted(rows(cut, "train")) == list(range(10))


def test_a_class_with_too_few_rows_is_named_with_its_count():
    with pytest.raises(DataError, match=r"'c1' \(5, 1 left to train on\).*each need 2.*add rows"):
        split(numbered([0] * 20 + [1] * 5), validation=0.2, test=0.2, seed=0)


def test_a_class_that_only_the_predefined_test_part_has_is_refused():
    parts = Predefined(np.arange(8), np.arange(8, 10), np.arange(10, 12))
    with pytest.raises(DataError, match=r"'c2' \(0, 0 left"):
        split(numbered([0, 1] * 5 + [2, 2], predefined=parts), validation=0.2, test=0.2, seed=0)


def test_values_too_large_for_a_deviation_are_refused_by_name():
    x = np.column_stack([np.arange(40.0), np.tile([1e300, -1e300], 20)])
    with pytest.raises(DataError, match=r"values of x1 are too large.*rescale"):
        split(numbered(np.arange(40) % 2, inputs=x), validation=0.2, test=0.2, seed=0)


def test_held_out_values_that_overflow_float32_are_refused_by_name():
    parts = Predefined(np.arange(8), np.arange(8, 10), np.arange(10, 12))
    x = np.array([1.0, 2.0] * 5 + [1e300, 0])[:, None]
    with pytest.raises(DataError, match=r"values of x0 are too large.*rescale"):
        split(numbered([0, 1] * 6, None, parts, x), validation=0.2, test=0.2, seed=0)


def test_means_are_sums_from_the_first_row_to_the_last():
    inputs = 10.0 ** np.random.default_rng(5).uniform(-8, 8, (300, 1))
    parts = Predefined(np.arange(200), np.arange(200, 250), np.arange(250, 300))
    cut = split(numbered(np.arange(300) % 2, predefined=parts, inputs=inputs), validation=0.2, test=0.2, seed=1)
    total = 0.0
    for row in np.random.default_rng(1).permutation(200):
        total += float(inputs[row, 0])
    assert cut.mean.tolist() == [total / 200]
