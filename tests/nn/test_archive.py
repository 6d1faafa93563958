"""A saved network is the same network."""

import io
import json
from contextlib import suppress

import numpy as np
import pytest

from hpsearch.nn import NetworkSpec, hyperparameters, initial_state, load, predict, save, train


@pytest.mark.parametrize("optimizer", hyperparameters()["optimizer"].options)
@pytest.mark.parametrize("batch_norm", [True, False])
def test_a_state_comes_back_from_disk_as_it_was(optimizer, batch_norm, toy, tmp_path):
    spec = NetworkSpec(hidden=(7, 3), optimizer=optimizer, batch_norm=batch_norm, epochs=2)
    result = train(spec, *toy, 3)
    save(result.state, tmp_path / "net.part")
    back = load(tmp_path / "net.part")
    assert back.spec == spec
    assert (back.n_inputs, back.n_classes, back.epoch) == (5, 3, 2)
    assert back.powers == result.state.powers
    np.testing.assert_equal(dict(back.parameters), dict(result.state.parameters))
    np.testing.assert_equal(dict(back.running), dict(result.state.running))
    np.testing.assert_equal(dict(back.moments), dict(result.state.moments))
    np.testing.assert_array_equal(predict(back, toy[1].inputs), predict(result.state, toy[1].inputs))


def test_a_network_carries_on_from_disk_as_if_it_had_never_stopped(toy):
    whole = train(NetworkSpec(epochs=4), *toy, 3)
    half = train(NetworkSpec(epochs=2), *toy, 3)
    stream = io.BytesIO()
    save(half.state, stream)
    stream.seek(0)
    rest = train(NetworkSpec(epochs=4), *toy, 3, state=load(stream))
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


def damaged(change) -> io.BytesIO:
    """A saved network whose header (plain data) and arrays somebody has changed."""
    whole, stream = io.BytesIO(), io.BytesIO()
    save(initial_state(NetworkSpec(hidden=(4,)), 5, 3), whole)
    whole.seek(0)
    with np.load(whole) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].tobytes())
    change(header, arrays)
    np.savez(stream, **{**arrays, "header": np.frombuffer(json.dumps(header).encode(), np.uint8)})
    stream.seek(0)
    return stream


DAMAGES = {
    "a key too many": lambda header, _: header.update(colour="red"),
    "a key too few": lambda header, _: header.pop("n_inputs"),
    "no spec": lambda header, _: header.pop("spec"),
    "a spec that is none": lambda header, _: header.update(spec=7),
    "another hyperparameter": lambda header, _: header["spec"].update(width=7),
    "a value that no network has": lambda header, _: header["spec"].update(dropout=2),
    "widths that are none": lambda header, _: header["spec"].update(hidden=7),
    "a text for a number": lambda header, _: header.update(n_inputs="5"),
    "nothing for a number": lambda header, _: header.update(n_classes=None),
    "other inputs": lambda header, _: header.update(n_inputs=6),
    "terabytes": lambda header, _: header["spec"].update(hidden=[10**12]),
    "powers that are none": lambda header, _: header.update(powers=3),
    "powers without averages": lambda header, _: header.update(powers={"third": 1.0}),
    "an array too few": lambda _, arrays: arrays.pop("parameters/weight.0"),
    "an array too many": lambda _, arrays: arrays.update({"parameters/weight.9": np.zeros(3)}),
    "an array of another shape": lambda _, arrays: arrays.update({"running/mean.0": np.zeros(3)}),
    "an array of words": lambda _, arrays: arrays.update({"running/mean.0": np.array(["a"] * 4)}),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_network_damaged_by_hand_is_refused_as_any_other_archive(name):
    with pytest.raises(ValueError, match=r"saved network|needs"):
        load(damaged(DAMAGES[name]))


def test_what_is_no_archive_at_all_is_refused(tmp_path):
    with (tmp_path / "one.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    (tmp_path / "cut.npz").write_bytes(damaged(lambda *_: None).getvalue()[:-30])
    (tmp_path / "list.npz").write_bytes(damaged(lambda _, arrays: arrays.clear()).getvalue())
    for name in ("one", "cut", "list"):
        with pytest.raises(ValueError, match=r"saved network|needs"):
            load(tmp_path / f"{name}.npz")


def test_every_byte_of_an_archive_may_be_another_one_and_only_a_value_error_comes_of_it(tmp_path):
    whole = damaged(lambda *_: None).getvalue()
    rng = np.random.default_rng(0)
    for _ in range(300):
        content = bytearray(whole)
        for place in rng.integers(0, len(content), 3):
            content[place] = rng.integers(0, 256)
        (tmp_path / "net.npz").write_bytes(content)
        with suppress(ValueError, OSError):
            load(tmp_path / "net.npz")


def test_a_network_of_the_first_format_predicts_and_cannot_be_carried_on(toy):
    def earlier(header, arrays):
        header.update(format=1, totals={"gradient": 1.0})
        header.pop("powers")
        for name in [name for name in arrays if name.startswith("moments/")]:
            arrays[name.replace("moments/first", "sums/gradient")] = arrays.pop(name)

    state = load(damaged(earlier))
    assert predict(state, toy[1].inputs).shape == (30, 3)
    with pytest.raises(ValueError, match="kept to predict with"):
        train(state.spec, *toy, 3, state=state)
