"""What a network is between two epochs: enough to predict, to be saved, and to carry on training."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from hpsearch.nn.layout import Array, Layout
from hpsearch.nn.spec import NetworkSpec


@dataclass(frozen=True)
class NetworkState:
    """One network after `epoch` epochs.

    parameters: arrays by name, as `Layout.shapes` lists them: `weight.0` (D, H), `scale.0` (H,), ...
    running: batch norm's averages by name: `mean.l` and `variance.l`, each (H,).
    sums, totals: the optimizer's discounted sums (see `optimizers`), by sum and parameter name, and their weights.
    """

    spec: NetworkSpec
    n_inputs: int
    n_classes: int
    epoch: int
    parameters: Mapping[str, Array]
    running: Mapping[str, Array]
    sums: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    totals: Mapping[str, float] = field(default_factory=dict)


def initial_state(spec: NetworkSpec, n_inputs: int, n_classes: int) -> NetworkState:
    """Draw the weights of a network that has not been trained yet; they follow from spec.seed alone.

    Normal with variance 2 / fan_in for `he` (He et al. 2015, equation 10), 2 / (fan_in + fan_out) for `xavier` (Glorot
    and Bengio 2010, equation 12). Scales are 1, shifts and biases 0; running averages are 0 and 1.
    Raises ValueError if n_inputs < 1 or n_classes < 2.
    """
    if n_inputs < 1 or n_classes < 2:
        raise ValueError(f"a network needs 1 input and 2 classes or more, got {n_inputs} and {n_classes}")
    rng = np.random.default_rng([spec.seed, 0])
    layout = Layout((n_inputs, *spec.hidden, n_classes), spec.batch_norm)
    parameters = {name: _initial(name, shape, spec, rng) for name, shape in layout.shapes.items()}
    running = {name: _initial(name, shape, spec, rng) for name, shape in layout.running_shapes.items()}
    return NetworkState(spec, n_inputs, n_classes, 0, parameters, running)


def _initial(name: str, shape: tuple[int, ...], spec: NetworkSpec, rng: np.random.Generator) -> Array:
    if name.startswith("weight"):
        variance = 2 / (shape[0] if spec.init == "he" else sum(shape))
        return np.asarray(rng.standard_normal(shape) * np.sqrt(variance), spec.dtype)
    return np.full(shape, name.startswith(("scale", "variance")), spec.dtype)


def carried_on(state: NetworkState, spec: NetworkSpec) -> NetworkState:
    """Return the state with other hyperparameters; ValueError if they are of another architecture (widths, norm)."""
    for name in ("hidden", "batch_norm"):
        old, new = getattr(state.spec, name), getattr(spec, name)
        if old != new:
            raise ValueError(f"{name} cannot change between epochs: the state has {old}, the spec {new}")
    return replace(state, spec=spec)


_FORMAT = 1
_HEADER = "header"


def save(state: NetworkState, file: str | Path | BinaryIO) -> None:
    """Write the state as NPZ to a path, taken as it is, or to a binary file."""
    values = {name: getattr(state, name) for name in ("n_inputs", "n_classes", "epoch")}
    header = {"format": _FORMAT, "spec": asdict(state.spec), **values, "totals": dict(state.totals)}
    groups = {"parameters": state.parameters, "running": state.running}
    groups |= {f"sums/{kind}": sums for kind, sums in state.sums.items()}
    arrays: dict[str, Any] = {f"{group}/{name}": a for group, named in groups.items() for name, a in named.items()}
    arrays[_HEADER] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    # numpy would append .npz to a path
    with Path(file).open("wb") if isinstance(file, str | Path) else nullcontext(file) as stream:
        np.savez(stream, **arrays)


def load(file: str | Path | BinaryIO) -> NetworkState:
    """Read a state that `save` wrote; ValueError if it is none, is damaged, or of a format that is not known here."""
    # numpy would leave a path open that it cannot read
    with Path(file).open("rb") if isinstance(file, str | Path) else nullcontext(file) as stream:
        try:
            with np.load(stream, allow_pickle=False) as archive:
                state = _state({name: archive[name] for name in archive.files})
            _check_shapes(state)
        except (OSError, ValueError):
            raise
        except Exception as error:
            # A damaged archive, or a header by another hand, raises whatever the place where it breaks raises.
            raise ValueError(f"not a saved network, or a damaged one ({type(error).__name__}: {error})") from error
    return state


def _state(arrays: dict[str, Array]) -> NetworkState:
    if _HEADER not in arrays:
        raise ValueError("not a saved network: the archive has no header")
    header = json.loads(arrays.pop(_HEADER).tobytes())
    if (found := header.pop("format")) != _FORMAT:
        raise ValueError(f"a saved network needs format {_FORMAT}, got {found}")

    def below(prefix: str) -> dict[str, Array]:
        return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

    sums = {kind: below(f"sums/{kind}/") for kind in header["totals"]}
    spec = NetworkSpec(**header.pop("spec"))
    return NetworkState(spec, **header, parameters=below("parameters/"), running=below("running/"), sums=sums)


def _check_shapes(state: NetworkState) -> None:
    """Raise ValueError where the arrays are not those of the network that the header describes."""
    layout = Layout((state.n_inputs, *state.spec.hidden, state.n_classes), state.spec.batch_norm)
    groups = [(state.parameters, layout.shapes), (state.running, layout.running_shapes)]
    for arrays, shapes in [*groups, *((each, layout.shapes) for each in state.sums.values())]:
        for name in arrays.keys() | shapes.keys():
            needed, has = shapes.get(name), arrays[name].shape if name in arrays else None
            if has != needed:
                raise ValueError(f"a saved network of this kind needs {name} of the shape {needed}, got {has}")
            if arrays[name].dtype.kind != "f":
                raise ValueError(f"a saved network needs numbers in {name}, got {arrays[name].dtype}")
