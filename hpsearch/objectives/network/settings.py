"""What a config says of the built-in network: its data, and hyperparameters that a network can have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import ceil, floor, inf
from pathlib import Path
from typing import Any, ClassVar, Self

from hpsearch.data import BUILT_IN, DataSource, fingerprint, prepare, problems
from hpsearch.document import Key, Mistakes, Node, OneOf, given, path_from, show, written
from hpsearch.errors import DataError, by_word, did_you_mean
from hpsearch.nn import PAIRS, Pair, default_engine, kernel, numbers_of
from hpsearch.objectives.network.hyperparameters import HYPERPARAMETERS, NETWORK_METRICS, network_spec
from hpsearch.objectives.network.sizes import SHAPE, may_not_fit, too_large
from hpsearch.objectives.objective import Objective
from hpsearch.space import LOG, Distribution, Parameter, Space
from hpsearch.trial import Metric, Params, Trial

_FOREIGN = by_word(
    {
        "learning_rate": "lr alpha",
        "layers": "n_layers num_layers",
        "units": "hidden_units width n_units",
        "hidden": "hidden_layer_sizes",
        "batch_size": "minibatch_size",
        "l2": "weight_decay",
        "epsilon": "eps",
        "momentum": "beta",
        "dropout": "dropout_rate",
        "epochs": "n_epochs max_iter",
        "batch_norm": "batchnorm",
    }
)
_REMARKS = {
    "momentum": "momentum is beta of v = beta v + (1 - beta) g; where v = beta v + g, as in PyTorch's SGD, "
    "the same step has the learning rate times 1 - beta",
    "l2": "l2 is coupled: lambda w is added to the gradient (AdamW does not); gamma, beta and biases are free",
}
_MARGIN = 1e-3  # of a bound that is itself not allowed


@dataclass(frozen=True)
class NetworkSettings:
    """The built-in network on a data set."""

    data: DataSource
    name: ClassVar[str] = "network"
    keys: ClassVar[Mapping[str, Key]] = {
        "model": Key("what is trained: `network`, the built-in network", OneOf(("network",))),
        "data": Key("a built-in data set by name, or a mapping for one of your own"),
    }
    sections: ClassVar[Mapping[str, type]] = {"data": DataSource}
    example: ClassVar[str] = "model: network        the built-in network"
    metrics: ClassVar[Mapping[str, str]] = NETWORK_METRICS
    keeps_time: ClassVar[bool] = True
    booleans: ClassVar[str] = "value"
    pauses: ClassVar[bool] = True
    # The architecture; and how far it is trained, which is for the search to say.
    frozen: ClassVar[frozenset[str]] = frozenset({"layers", "units", "hidden", "batch_norm", "init", "epochs"})
    # Networks are small, and with another number of threads BLAS would round them differently.
    threads: ClassVar[int | None] = 1

    @classmethod
    def read(cls, root: Node, metric: str, folder: Path, mistakes: Mistakes, *, on_site: bool) -> Self | None:  # noqa: ARG003
        """What `data:` says; see ObjectiveSettings."""
        node = root.get("data")
        if node is None or node.value is None:
            others = ", ".join(BUILT_IN)
            example = f"data: digits, or another built-in one ({others}), or {{path: data.csv, target: COLUMN}}"
            mistakes.at(
                (node or root).place, "`data` is missing: what is the network trained on?", example, code="C105"
            )
            return None
        before = len(mistakes.found)
        if isinstance(node.value, str):
            key = "name" if "." not in node.value and "/" not in node.value else "path"
            node = Node({key: node}, node.place, {key: node.place})
        values = mistakes.section(node, DataSource, "data")
        for key in ("path", "labels"):
            with mistakes.noted(f"data.{key}", node.get(key) or node):
                values[key] = path_from(folder, values[key]) if values[key] else None
        if len(mistakes.found) > before:
            return None
        source = DataSource(**values)
        try:
            found = problems(source) if on_site or source.path is None else {}
            if on_site and not found:
                prepare(source)  # as each worker will: what is wrong with the rows is a mistake of the config too
        except DataError as err:
            found = {err.key: err}
        for key, error in found.items():
            mistakes.at((node.get(key) or node).place, f"data.{key}: {error}", code=error.code)
        return None if found else cls(source)

    @classmethod
    def check(cls, root: Node, space: Space, mistakes: Mistakes) -> None:
        """Note every parameter that a network does not have, and every value that it cannot have."""
        node = root.get("parameters") or Node({}, root.place)
        for parameter in space.parameters:
            name, known = parameter.name, HYPERPARAMETERS.get(parameter.name)
            if known is None:
                ours = f"did you mean `{_FOREIGN[name]}`?" if name in _FOREIGN else did_you_mean(name, HYPERPARAMETERS)
                mistakes.at(
                    node.keys[name], f"parameters.{name}: a network has no such hyperparameter", ours, code="C209"
                )
                continue
            if known.whole and (fix := _whole(parameter.distribution)):
                rule = f"parameters.{name} must be whole, and {parameter.distribution} draws numbers in between"
                mistakes.at(node.value[name].place, rule, fix, code="C107")
                continue
            for value in _extremes(parameter.distribution):
                if rule := known.rule(value):
                    mistakes.at(
                        node.value[name].place, f"parameters.{name} must be {rule}, got {show(value)}", code="C107"
                    )
        for pair in PAIRS:
            for value, fits in _fits(pair, space):
                if not any(fits):
                    text = f"parameters.{pair.name} must be {pair.rule}, got {show(value)}"
                    mistakes.at(node.value[pair.name].place, text, code="C107")
        both = [name for name in ("layers", "units") if name in space and "hidden" in space]
        if both:
            mistakes.at(
                node.keys["hidden"], f"`hidden` stands in place of `{both[0]}`: they cannot both be given", code="C108"
            )

    def check_here(self, root: Node, space: Space, mistakes: Mistakes) -> None:
        """Note every value whose networks are all too large for this machine's memory."""
        for name, text in too_large(self.data, {name: _possible(name, space) for name in SHAPE if name in space}):
            mistakes.at(root.value["parameters"].value[name].place, text, "leave out what is too large")

    def advice(self, space: Space) -> list[str]:
        """Hyperparameters that some draws of another leave without effect, and networks that there is no room for."""
        idle = [text for name in space.axes if (text := _idle(space[name], space))]
        some = [
            f"{pair.name} {written(value)} fails with some values of {' and '.join(pair.others)}: it needs {pair.rule}"
            for pair in PAIRS
            for value, fits in _fits(pair, space)
            if not all(fits)
        ]
        sizes = {name: _possible(name, space) for name in SHAPE if name in space and not space[name].when}
        return [*idle, *some, *filter(None, [may_not_fit(self.data, sizes)])]

    def remarks(self, space: Space) -> list[str]:
        """How momentum and L2 are meant; see `hpsearch.nn.reference`."""
        return [text for name, text in _REMARKS.items() if name in space]

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Those of the table."""
        return {name: known.default for name, known in HYPERPARAMETERS.items() if known.default is not None}

    def limits(self, name: str) -> tuple[float, float] | None:
        """The bounds of a hyperparameter, where both are finite."""
        known = HYPERPARAMETERS.get(name)
        if known is None or known.high == inf:
            return None
        return known.low, known.high * (1 - _MARGIN) if known.open_high else known.high

    def identity(self) -> Mapping[str, Any]:
        """The data source, as the config has it."""
        return {"data": given(self.data)}

    def content(self) -> Mapping[str, str]:
        """The data itself, as a hash."""
        return {"content of the data": fingerprint(self.data)}

    def examples(self, metric: Metric) -> int | None:
        """How many examples validation accuracy is measured on."""
        return len(prepare(self.data).validation.labels) if metric.name == "val_accuracy" else None

    def trainer(self, network: str | None) -> tuple[str, str]:
        """See ObjectiveSettings."""
        missing = None if network else kernel.missing()
        said = f"NumPy trains the networks, many times slower: there is no compiled kernel here ({missing})"
        return numbers_of(network or default_engine()), said if missing else ""

    def end(self, params: Params) -> int:
        """Its epochs."""
        return int(params.get("epochs", HYPERPARAMETERS["epochs"].default))

    def broken_rule(self, params: Params) -> str:
        """See ObjectiveSettings."""
        try:
            network_spec(params, seed=0)
        except (ValueError, TypeError) as err:
            return str(err)
        return ""

    def command(self, trial: Trial, run: Path, beside: Path) -> None:  # noqa: ARG002
        """A network is no program."""
        return

    def objective(
        self,
        metric: Metric,
        run: Path,
        beside: Path,  # noqa: ARG002
        timeout: float | None,
        network: str | None = None,
    ) -> Objective:
        """Networks, each trained alone."""
        from hpsearch.objectives.network.training import NetworkObjective

        return NetworkObjective(self.data, metric, run, timeout, network or default_engine())


def _extremes(distribution: Distribution) -> list[Any]:
    """The values to check: the ends of a range, whose inside is then right too; all of a list."""
    size = distribution.size
    if distribution.scale is not None and (size is None or size > 2):
        return list(dict.fromkeys(distribution.grid(2)))
    return distribution.grid(size or 1)


def _whole(distribution: Distribution) -> str:
    """The range of whole numbers between the same ends, where a range draws others too; empty where it does not."""
    if distribution.scale is None or distribution.integer:
        return ""
    spec = distribution.spec()
    if "step" in spec and float(spec["min"]).is_integer() and float(spec["step"]).is_integer():
        return ""
    low, high = ceil(distribution.ends[0]), floor(distribution.ends[1])
    name = "lograndint" if distribution.scale is LOG else "randint"
    return f"{name}({low}, {high})" if low < high else f"{name}(min, max)"


def _fits(pair: Pair, space: Space) -> Iterator[tuple[Any, list[bool]]]:
    """Each extreme value of a hyperparameter, and whether it goes with each setting of those that it must go with."""
    for value in _possible(pair.name, space) if pair.name in space else ():
        allows = space[pair.name].allows
        others = [[other for other in _possible(name, space) if allows(name, other)] for name in pair.others]
        if settings := list(product(*others)):
            yield value, [pair.fits(value, *setting) for setting in settings]


def _possible(name: str, space: Space) -> list[Any]:
    """The extreme values that a hyperparameter may have: those of the space, or its default."""
    if name == "hidden" and name not in space:
        return [(1,) * int(layers > 0) for layers in _possible("layers", space)]
    known = HYPERPARAMETERS[name]
    if name not in space:
        return [known.default]
    right = [value for value in _extremes(space[name].distribution) if not known.rule(value)]
    # Where it does not exist it has its default.
    return [*right, known.default] if space[name].when else right


def _idle(parameter: Parameter, space: Space) -> str:
    """Which draws of another hyperparameter leave this one without effect; empty where none do."""
    for parent, values in HYPERPARAMETERS[parameter.name].used.items():
        possible = space[parent].distribution.grid(100) if parent in space else [HYPERPARAMETERS[parent].default]
        idle = [value for value in possible if value not in values and parameter.allows(parent, value)]
        where = f"{parent} is {' or '.join(map(written, idle))}"
        need = ", ".join(written(value) for value in possible if value in values)
        if idle and need:
            return f"{parameter.name} has no effect where {where}; add `when: {{{parent}: [{need}]}}`"
        if idle:
            return f"{parameter.name} has no effect: {where}"
    return ""
