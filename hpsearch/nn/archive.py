"""A network on disk: its state and spec in one NPZ file, without pickle."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from hpsearch.nn.arrays import Array
from hpsearch.nn.spec import NetworkSpec
from hpsearch.nn.state import NetworkState

_FORMAT = 1
_HEADER = "header"


def save(state: NetworkState, file: str | Path | BinaryIO) -> None:
    """Write the state as NPZ to a path, taken as it is, or to a binary file."""
    header = {
        "format": _FORMAT,
        "spec": asdict(state.spec),
        "n_inputs": state.n_inputs,
        "n_classes": state.n_classes,
        "epoch": state.epoch,
        "totals": dict(state.totals),
    }
    arrays: dict[str, Any] = {f"parameters/{name}": array for name, array in state.parameters.items()}
    arrays |= {f"running/{name}": array for name, array in state.running.items()}
    for kind, sums in state.sums.items():
        arrays |= {f"sums/{kind}/{name}": array for name, array in sums.items()}
    arrays[_HEADER] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    if isinstance(file, str | Path):
        with Path(file).open("wb") as stream:  # numpy would append .npz to a path
            np.savez(stream, **arrays)
    else:
        np.savez(file, **arrays)


def load(file: str | Path | BinaryIO) -> NetworkState:
    """Read a state that `save` wrote.

    Raises:
        ValueError: if the file is no such archive, or of a format that this version does not know.
    """
    with np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    if _HEADER not in arrays:
        raise ValueError("not a saved network: the archive has no header")
    header = json.loads(arrays.pop(_HEADER).tobytes())
    if header["format"] != _FORMAT:
        raise ValueError(f"a saved network needs format {_FORMAT}, got {header['format']}")
    kinds = header["totals"]
    return NetworkState(
        spec=NetworkSpec(**header["spec"]),
        n_inputs=header["n_inputs"],
        n_classes=header["n_classes"],
        epoch=header["epoch"],
        parameters=_below("parameters/", arrays),
        running=_below("running/", arrays),
        sums={kind: _below(f"sums/{kind}/", arrays) for kind in kinds},
        totals=kinds,
    )


def _below(prefix: str, arrays: dict[str, Array]) -> dict[str, Array]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
