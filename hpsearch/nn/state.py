"""What a network is between two epochs: enough to predict, to be saved, and to carry on training."""

import json
import math
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from hpsearch.nn.layout import Array, Layout
from hpsearch.nn.randomness import WEIGHTS, key, normal
from hpsearch.nn.spec import NetworkSpec

MOMENTS = ("first", "second")


@dataclass(frozen=True)
class NetworkState:
    """One network after `epoch` epochs.

    parameters: arrays by name, as `Layout.shapes` lists them: `weight.0` (D, H), `scale.0` (H,), ...
    running: batch norm's averages by name: `mean.l` and `variance.l`, each (H,).
    moments: the optimizer's averages, `first` of the gradients and `second` of their squares, by parameter name.
    powers: each average's beta to the number of steps behind it: 1 - that is what Adam divides by.
    """

    spec: NetworkSpec
    n_inputs: int
    n_classes: int
    epoch: int
    parameters: Mapping[str, Array]
    running: Mapping[str, Array]
    moments: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    powers: Mapping[str, float] = field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        """Its parameters by name."""
        return Layout((self.n_inputs, *self.spec.hidden, self.n_classes), self.spec.batch_norm)


def initial_state(spec: NetworkSpec, n_inputs: int, n_classes: int) -> NetworkState:
    """Draw the weights of a network that has not been trained yet; they follow from spec.seed alone.

    Normal with variance 2 / fan_in for `he` (He et al. 2015, equation 10), 2 / (fan_in + fan_out) for `xavier` (Glorot
    and Bengio 2010, equation 12). Scales are 1, shifts and biases 0; running averages are 0 and 1.
    Raises ValueError if n_inputs < 1 or n_classes < 2.
    """
    if n_inputs < 1 or n_classes < 2:
        raise ValueError(f"a network needs 1 input and 2 classes or more, got {n_inputs} and {n_classes}")
    layout = Layout((n_inputs, *spec.hidden, n_classes), spec.batch_norm)
    parameters = {name: _initial(name, shape, spec) for name, shape in layout.shapes.items()}
    running = {name: _initial(name, shape, spec) for name, shape in layout.running_shapes.items()}
    return NetworkState(spec, n_inputs, n_classes, 0, parameters, running, *_at_rest(layout, spec))


def _initial(name: str, shape: tuple[int, ...], spec: NetworkSpec) -> Array:
    if name.startswith("weight"):
        layer = int(name.rpartition(".")[2])
        variance = 2 / (shape[0] if spec.init == "he" else sum(shape))
        drawn = normal(key(spec.seed, WEIGHTS, layer), shape[0] * shape[1]).reshape(shape)
        return np.asarray(drawn * math.sqrt(variance), spec.dtype)
    return np.full(shape, name.startswith(("scale", "variance")), spec.dtype)


def _at_rest(layout: Layout, spec: NetworkSpec) -> tuple[dict[str, dict[str, Array]], dict[str, float]]:
    zeros = {kind: {name: np.zeros(shape, spec.dtype) for name, shape in layout.shapes.items()} for kind in MOMENTS}
    return zeros, dict.fromkeys(MOMENTS, 1.0)


def carried_on(state: NetworkState, spec: NetworkSpec) -> NetworkState:
    """Return the state with other hyperparameters; ValueError if they are of another architecture (widths, norm)."""
    for name in ("hidden", "batch_norm"):
        old, new = getattr(state.spec, name), getattr(spec, name)
        if old != new:
            raise ValueError(f"{name} cannot change between epochs: the state has {old}, the spec {new}")
    if not state.moments:
        raise ValueError("this network was kept to predict with, without what training goes on from")
    return replace(state, spec=spec)


_FORMAT = 2
_EARLIER = 1  # with an optimizer's sums of another kind: such a network can only predict
_HEADER = "header"


def save(state: NetworkState, file: str | Path | BinaryIO) -> None:
    """Write the state as NPZ to a path, taken as it is, or to a binary file."""
    values = {name: getattr(state, name) for name in ("n_inputs", "n_classes", "epoch")}
    header = {"format": _FORMAT, "spec": asdict(state.spec), **values, "powers": dict(state.powers)}
    groups = {"parameters": state.parameters, "running": state.running}
    groups |= {f"moments/{kind}": moments for kind, moments in state.moments.items()}
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
    if (found := header.pop("format")) == _EARLIER:
        header = {name: value for name, value in header.items() if name != "totals"} | {"powers": {}}
    elif found != _FORMAT:
        raise ValueError(f"a saved network needs format {_FORMAT}, got {found}")

    def below(prefix: str) -> dict[str, Array]:
        return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

    moments = {kind: below(f"moments/{kind}/") for kind in header["powers"]}
    spec = NetworkSpec(**header.pop("spec"))
    return NetworkState(spec, **header, parameters=below("parameters/"), running=below("running/"), moments=moments)


def _check_shapes(state: NetworkState) -> None:
    """Raise ValueError where the arrays are not those of the network that the header describes."""
    layout = state.layout
    groups = [(state.parameters, layout.shapes), (state.running, layout.running_shapes)]
    for arrays, shapes in [*groups, *((each, layout.shapes) for each in state.moments.values())]:
        for name in arrays.keys() | shapes.keys():
            needed, has = shapes.get(name), arrays[name].shape if name in arrays else None
            if has != needed:
                raise ValueError(f"a saved network of this kind needs {name} of the shape {needed}, got {has}")
            if arrays[name].dtype.kind != "f":
                raise ValueError(f"a saved network needs numbers in {name}, got {arrays[name].dtype}")
