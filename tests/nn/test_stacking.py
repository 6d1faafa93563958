"""Which networks go together, and what they cost."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, cost, initial_state, stack_key, stacking, stacks

STEP = stacking._STEP + 2 * stacking._STEP_PER_LAYER


def mixed(n):
    rng = np.random.default_rng(0)
    return [
        NetworkSpec(
            hidden=(int(rng.integers(4, 200)),) * int(rng.integers(0, 4)),
            batch_size=int(rng.choice([32, 64])),
            learning_rate=float(rng.uniform(0, 1)),
            seed=int(rng.integers(3)),
        )
        for _ in range(n)
    ]


def test_every_network_is_in_exactly_one_stack_of_its_kind():
    specs = mixed(100)
    groups = stacks(specs, 64, 10)
    assert sorted(index for group in groups for index in group) == list(range(100))
    assert all(len({stack_key(specs[index]) for index in group}) == 1 for group in groups)


def test_a_smaller_cache_means_more_and_smaller_stacks():
    specs = mixed(100)
    counts = [len(stacks(specs, 64, 10, cache_bytes=size)) for size in (1, 2**20, 2**22, 2**40)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 100


def test_equal_networks_share_a_stack_and_very_unequal_ones_do_not():
    narrow, wide = NetworkSpec(hidden=(8,)), NetworkSpec(hidden=(400,))
    assert stacks([narrow] * 9, 64, 10) == [list(range(9))]
    assert stacks([narrow, wide] * 4, 64, 10, cache_bytes=2**40) == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_a_group_is_cut_where_the_sum_of_its_costs_is_least():
    rng = np.random.default_rng(5)
    specs = [NetworkSpec(hidden=(int(units), 30)) for units in rng.integers(4, 300, 9)]
    ranked = sorted(range(9), key=lambda index: (specs[index].hidden, index))

    def total(starts):
        found = 0.0
        for start, stop in itertools.pairwise([0, *starts, 9]):
            lanes = [specs[index] for index in ranked[start:stop]]
            widest = replace(specs[0], hidden=tuple(map(max, *(spec.hidden for spec in lanes * 2))), epochs=1)
            found += STEP + len(lanes) * cost(widest, 64, 64, 10)
        return found

    every_cut = [cut for size in range(9) for cut in itertools.combinations(range(1, 9), size)]
    ours = stacks(specs, 64, 10, cache_bytes=2**40)
    starts = list(itertools.accumulate(len(group) for group in ours))[:-1]
    assert [index for group in ours for index in group] == ranked
    assert total(starts) == pytest.approx(min(map(total, every_cut)))


def test_stacks_do_not_depend_on_the_order_in_which_specs_are_given_but_for_ties():
    specs = list(dict.fromkeys(mixed(60)))
    one = {frozenset(specs[index] for index in group) for group in stacks(specs, 64, 10)}
    back = specs[::-1]
    other = {frozenset(back[index] for index in group) for group in stacks(back, 64, 10)}
    assert len(one & other) > len(one) / 2


def test_no_specs_make_no_stacks():
    assert stacks([], 64, 10) == []


@pytest.mark.parametrize("larger", [{"epochs": 40}, {"hidden": (256,)}, {"hidden": (64, 64)}, {"batch_size": 16}])
def test_what_takes_longer_costs_more(larger):
    assert cost(NetworkSpec(**larger), 1400, 64, 10) > cost(NetworkSpec(), 1400, 64, 10)


def test_initial_weights_have_the_variance_of_their_rule():
    for init, variance in [("he", 2 / 300), ("xavier", 2 / 700)]:
        weights = initial_state(NetworkSpec(hidden=(400,), init=init), 300, 10).parameters["weight.0"]
        assert weights.var() == pytest.approx(variance, rel=0.02)
        assert abs(weights.mean()) < 4 * math.sqrt(variance / weights.size)
