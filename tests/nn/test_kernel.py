"""The kernel: its numbers to the bit, and what they mean, by the reference."""

import json
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpsearch.nn import NetworkSpec, Samples, hyperparameters, kernel, train
from hpsearch.nn.layout import Layout
from tests.nn.golden import CLASSES, FILE, TRAIN, VALIDATION, digest, digests, samples, specs
from tests.nn.parity import beside_reference, beside_torch, one_epoch

pytestmark = pytest.mark.skipif(kernel.missing() is not None, reason=str(kernel.missing()))

GOLDEN = json.loads(FILE.read_text(encoding="utf-8"))


def variants():
    """Those that this processor can run."""
    if kernel.missing():
        return []
    return [*kernel.VARIANTS[: kernel.VARIANTS.index(kernel.variant()) + 1]]


@pytest.mark.parametrize("variant", variants())
def test_its_numbers_are_those_of_its_version_to_the_bit(variant, monkeypatch):
    monkeypatch.setenv("HPSEARCH_KERNEL", variant)
    assert GOLDEN["version"] == kernel.VERSION
    assert digests() == GOLDEN["digests"]


def test_a_network_has_the_same_bits_alone_and_among_others():
    some = list(specs())[:12]
    found = [""] * len(some)

    def trained(i):
        found[i] = digest(train(some[i], TRAIN, VALIDATION, CLASSES, engine="kernel"))

    threads = [threading.Thread(target=trained, args=(i,)) for i in reversed(range(len(some)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == GOLDEN["digests"][:12]


@pytest.mark.parametrize("spec", list(specs()), ids=range(50))
def test_an_epoch_is_that_of_the_reference(spec):
    assert beside_reference(spec).same
    ours, exact = one_epoch(spec, "kernel").state, one_epoch(spec, "numpy", dtype="float64").state
    assert ours.powers == pytest.approx(exact.powers, rel=1e-12)
    assert ours.running.keys() == exact.running.keys()


def test_an_epoch_of_the_reference_is_that_of_pytorch():
    pytest.importorskip("torch")
    for spec in specs():
        assert beside_torch(spec).same


def test_a_variant_that_is_not_here_is_named_with_those_that_are(monkeypatch):
    monkeypatch.setenv("HPSEARCH_KERNEL", "avx9")
    assert "needs to be base" in kernel.missing()
    assert "got 'avx9'" in kernel.missing()


def widths():
    return st.lists(st.integers(1, 70), max_size=4).map(tuple)


@settings(max_examples=60)
@given(
    hidden=widths(),
    n=st.integers(2, 90),
    batch=st.integers(2, 70),
    inputs=st.integers(1, 40),
    classes=st.integers(2, 20),
    kind=st.sampled_from(hyperparameters()["optimizer"].options),
    act=st.sampled_from(hyperparameters()["activation"].options),
)
def test_networks_of_any_shape_are_those_of_the_reference(hidden, n, batch, inputs, classes, kind, act):
    spec = NetworkSpec(
        hidden=hidden, batch_size=batch, optimizer=kind, activation=act, epochs=1, learning_rate=1e-3, batch_norm=False
    )
    rng = np.random.default_rng(n)
    data = Samples(rng.normal(size=(n, inputs)).astype(np.float32), rng.integers(0, classes, n))
    ours, theirs = (train(spec, data, data, classes, engine=engine) for engine in ("kernel", "numpy"))
    # The logarithm of 1 + t knows t to the precision of 1: of a tiny loss float32 has but few digits.
    known = 4 * np.finfo(np.float32).eps
    for name in ("train_loss", "val_loss"):
        np.testing.assert_allclose(ours.curves[name], theirs.curves[name], rtol=2e-4, atol=known, err_msg=name)


def test_what_pads_a_row_comes_back_as_it_went():
    layout = Layout((7, 33, 1, 3), batch_norm=True)
    arrays = {name: np.random.default_rng(0).normal(size=shape).astype("f4") for name, shape in layout.shapes.items()}
    flat = layout.packed(arrays)
    assert np.count_nonzero(flat) == sum(array.size for array in arrays.values())
    np.testing.assert_equal(layout.unpacked(flat), arrays)


def test_it_learns_what_the_reference_learns_to_the_end():
    spec = NetworkSpec(hidden=(32,), learning_rate=0.02, epochs=30, batch_size=16)
    many = samples(400, 5)
    ours, theirs = (
        train(spec, many, VALIDATION, CLASSES, engine=e).curves["val_accuracy"][-1] for e in ("kernel", "numpy")
    )
    assert abs(ours - theirs) <= 0.05
    assert ours > 0.8


def test_times_do_not_grow_with_numbers_that_are_nearly_0():
    """What would be subnormal is 0, by value: no average of a dead unit's gradients is ever below 1e-30."""
    spec = NetworkSpec(hidden=(16,), optimizer="adam", beta1=0.5, beta2=0.5, epochs=40, batch_size=83)
    moments = train(spec, TRAIN, VALIDATION, CLASSES, engine="kernel").state.moments
    for named in moments.values():
        for array in named.values():
            assert ((array == 0) | (np.abs(array) >= 1e-30)).all()
