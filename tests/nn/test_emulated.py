"""The kernel's numbers by programs for other processors, where those can be emulated."""

import pytest

from tests.nn.emulated import MACHINES, compared


@pytest.mark.parametrize("machine", MACHINES)
def test_a_network_has_the_same_bits_on_every_processor(machine):
    try:
        found = compared(machine)
    except OSError as err:
        pytest.skip(str(err))
    assert found
    assert set(found.values()) == {0}
