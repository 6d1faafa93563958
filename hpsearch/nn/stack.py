"""P networks of one kind as stacked arrays: parameters, gradients, optimizer sums, running averages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpsearch.nn.layout import Array, Layout, get, padded, per_model, put
from hpsearch.nn.optimizers import OPTIMIZERS, Rates, Sums
from hpsearch.nn.spec import NetworkSpec
from hpsearch.nn.state import NetworkState


@dataclass
class Stack:
    """Networks with an equal `stack_key`, narrower layers padded with zeros, which stay exactly zero.

    parameters, gradients: (P, N) in the order of layout; running: (2, P, 1, H) for each normalized layer.
    """

    specs: tuple[NetworkSpec, ...]
    layout: Layout
    parameters: Array
    gradients: Array
    sums: dict[str, Sums]
    running: list[Array]
    rates: Rates
    l2: Array
    penalized: bool

    @classmethod
    def of(cls, states: Sequence[NetworkState], layout: Layout | None = None) -> "Stack":
        """Copy P networks into one stack, padded to the widest or to the layout given."""
        specs = tuple(state.spec for state in states)
        layout = layout or _common_layout(states)
        shape, dtype = (len(specs), layout.size), specs[0].dtype
        names = OPTIMIZERS[specs[0].optimizer].sums
        sums = {name: Sums(np.zeros(shape, dtype), np.zeros((len(specs), 1))) for name in names}
        hidden = layout.widths[1:-1] if layout.batch_norm else ()
        running = [np.zeros((2, len(specs), 1, width), dtype) for width in hidden]
        l2 = per_model([spec.l2 for spec in specs], dtype)
        stack = cls(
            specs,
            layout,
            np.zeros(shape, dtype),
            np.zeros(shape, dtype),
            sums,
            running,
            Rates.of(specs),
            l2,
            bool(l2.any()),
        )
        stack._load(states)
        return stack

    def _load(self, states: Sequence[NetworkState]) -> None:
        parameters, running = self.layout.views(self.parameters), self._running_views()
        sums = {name: self.layout.views(each.values) for name, each in self.sums.items()}
        for model, state in enumerate(states):
            put(parameters, model, state.parameters)
            put(running, model, state.running)
            for name in self.sums.keys() & state.sums.keys():
                put(sums[name], model, state.sums[name])
                self.sums[name].total[model] = state.totals[name]

    def states(self, epochs: Sequence[int]) -> list[NetworkState]:
        """Copy the networks out, each without its padding, labelled with the epochs it has behind it."""
        parameters, running = self.layout.views(self.parameters), self._running_views()
        sums = {name: self.layout.views(each.values) for name, each in self.sums.items()}
        n_inputs, n_classes = self.layout.widths[0], self.layout.widths[-1]
        states = []
        for model, (spec, epoch) in enumerate(zip(self.specs, epochs, strict=True)):
            own = Layout((n_inputs, *spec.hidden, n_classes), spec.batch_norm)
            averages = {name: (spec.hidden[int(name.partition(".")[2])],) for name in running}
            states.append(
                NetworkState(
                    spec,
                    n_inputs,
                    n_classes,
                    epoch,
                    get(parameters, model, own.shapes),
                    get(running, model, averages),
                    {name: get(views, model, own.shapes) for name, views in sums.items()},
                    {name: float(each.total[model, 0]) for name, each in self.sums.items()},
                )
            )
        return states

    def _running_views(self) -> dict[str, Array]:
        return {
            f"{kind}.{layer}": averages[index]
            for layer, averages in enumerate(self.running)
            for index, kind in enumerate(("mean", "variance"))
        }

    def step(self, learning_rates: Array) -> None:
        """Step the parameters along the gradients, with L2 on the weights; learning_rates (P, 1), float64."""
        if self.penalized:
            weights = slice(0, self.layout.n_weights)
            self.gradients[:, weights] += self.l2 * self.parameters[:, weights]
        update = OPTIMIZERS[self.specs[0].optimizer].update
        update(self.parameters, self.gradients, self.sums, learning_rates, self.rates)


def _common_layout(states: Sequence[NetworkState]) -> Layout:
    first = states[0]
    widest = [padded(max(widths)) for widths in zip(*(state.spec.hidden for state in states), strict=True)]
    return Layout((first.n_inputs, *widest, first.n_classes), first.spec.batch_norm)
