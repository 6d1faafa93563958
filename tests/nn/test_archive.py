"""A saved network is the same network."""

import io

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, initial_state, load, predict, save, train
from hpsearch.nn.optimizers import OPTIMIZERS


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_norm", [True, False])
def test_a_state_comes_back_from_disk_as_it_was(optimizer, batch_norm, toy, tmp_path):
    spec = NetworkSpec(hidden=(7, 3), optimizer=optimizer, batch_norm=batch_norm, epochs=2)
    [result] = train([spec], *toy, 3)
    save(result.state, tmp_path / "net.part")
    back = load(tmp_path / "net.part")
    assert back.spec == spec
    assert (back.n_inputs, back.n_classes, back.epoch) == (5, 3, 2)
    assert back.totals == result.state.totals
    np.testing.assert_equal(dict(back.parameters), dict(result.state.parameters))
    np.testing.assert_equal(dict(back.running), dict(result.state.running))
    np.testing.assert_equal(dict(back.sums), dict(result.state.sums))
    np.testing.assert_array_equal(predict(back, toy[1].inputs), predict(result.state, toy[1].inputs))


def test_a_network_carries_on_from_disk_as_if_it_had_never_stopped(toy):
    [whole] = train([NetworkSpec(epochs=4)], *toy, 3)
    [half] = train([NetworkSpec(epochs=2)], *toy, 3)
    stream = io.BytesIO()
    save(half.state, stream)
    stream.seek(0)
    [rest] = train([NetworkSpec(epochs=4)], *toy, 3, states=[load(stream)])
    np.testing.assert_equal(dict(rest.state.parameters), dict(whole.state.parameters))


def test_another_archive_is_refused():
    stream = io.BytesIO()
    np.savez(stream, weights=np.ones(3))
    stream.seek(0)
    with pytest.raises(ValueError, match="not a saved network"):
        load(stream)


def test_an_archive_holds_no_pickle():
    stream = io.BytesIO()
    save(initial_state(NetworkSpec(), 5, 3), stream)
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)
