"""Which networks go together, and what they cost."""

import math
import time

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, Samples, cost, initial_state, stack_key, stacks, train


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
    assert counts[-1] == len({stack_key(spec) for spec in specs})


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


def test_a_stack_takes_less_time_than_its_networks_one_by_one():
    rng = np.random.default_rng(0)
    data = Samples(rng.normal(size=(600, 20)), rng.integers(0, 4, 600))
    specs = [NetworkSpec(hidden=(16,), batch_size=16, epochs=2, learning_rate=0.001 * i) for i in range(1, 17)]
    train(specs[:1], data, data, 4)

    def seconds(groups):
        begin = time.perf_counter()
        for group in groups:
            train(group, data, data, 4)
        return time.perf_counter() - begin

    # measured: 6 to 8 times less
    together = min(seconds([specs]) for _ in range(3))
    assert together < seconds([[spec] for spec in specs]) / 2
