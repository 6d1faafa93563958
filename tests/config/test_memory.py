"""Networks that are too large for the machine: which values are refused, and which are told."""

import pytest

from hpsearch.config import lint, stored_config
from hpsearch.errors import ConfigError
from hpsearch.objectives.network import sizes

MIB = 2**20
ALSO = "learning_rate: loguniform(0.01, 0.1)\n"


@pytest.fixture(autouse=True)
def machine(monkeypatch) -> None:
    """One of 64 MiB, of which half is free."""
    monkeypatch.setattr(sizes, "total", lambda: 64 * MIB)
    monkeypatch.setattr(sizes, "available", lambda: 32 * MIB)


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ("units: [1000000000]", ["units"]),
        ("units: [8, 100000]\nlayers: [1, 2]", ["units"]),
        ("units: lograndint(8, 1e9)", ["units"]),
        ("units: {values: [1000000000], when: {layers: [2]}}\nlayers: [1, 2]", ["units"]),
        ("hidden: [[64], [100000, 100000]]", ["hidden"]),
        ("units: 4000\nlayers: [1, 100]", ["layers"]),
        ("units: 20000\nlayers: 100", ["layers", "units"]),
        ("units: [8, 20000]\nlayers: [2, 100]", ["units"]),
    ],
)
def test_a_value_whose_networks_are_all_too_large_is_refused_where_it_stands(mistakes, parameters, refused) -> None:
    found = mistakes(f"{ALSO}{parameters}")
    assert sorted(m.message.split(":")[0].removeprefix("parameters.") for m in found) == refused
    for mistake in found:
        assert mistake.place.text.strip().startswith(mistake.message.split(":")[0].removeprefix("parameters."))
        assert "of memory, and this machine has 64 MiB" in mistake.message
        assert mistake.fix


@pytest.mark.parametrize(
    "parameters",
    ["units: 64", "units: [8, 1000000000]\nlayers: 0", "batch_size: [1000000000]", "layers: randint(0, 100)"],
)
def test_what_has_room_is_neither_refused_nor_told(read, parameters) -> None:
    assert not [text for text in lint(read(ALSO + parameters)) if "memory" in text]


def test_a_network_that_may_have_no_room_is_told(read) -> None:
    (told,) = lint(read("units: [8, 1500]\nlayers: [1, 2, 9]"))
    assert told.startswith("the largest network (units 1500, layers 9) takes ")
    weights = 64 * 1500 + 8 * 1500 * 1500 + 1500 * 10
    assert float(told.split(" takes ")[1].split(" MiB")[0]) == pytest.approx(4 * 4 * weights / MIB, rel=0.03)


def test_a_run_is_read_on_a_machine_that_could_not_train_it(read, monkeypatch, tmp_path) -> None:
    document = read("units: [64, 128]").document | {"name": "c"}
    monkeypatch.setattr(sizes, "total", lambda: 1000)
    assert stored_config(document, source="c", folder=tmp_path).space.parameters
    with pytest.raises(ConfigError):
        read("units: [64, 128]")
