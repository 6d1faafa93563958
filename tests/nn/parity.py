"""The kernel beside the reference, and the reference beside PyTorch, over random networks: `python -m tests.nn.parity`.

    python -m tests.nn.parity [500]

Each network is trained for one epoch of 30 examples. The kernel's losses are to be those of the reference in float64
within 1e-3 (1 + |loss|), and five times what NumPy's own float32 is off. The classes of 40 other examples are to be the
same but for near-ties: those whose two highest logits lie no further apart than four times what NumPy's float32 is off,
or 1e-3 (1 + |logit|). Left out, and counted, are networks that float32 does not determine: NumPy's own logits are off
by more than 1 % (mini-batches of two under batch norm: their gradient is 0 but for rounding, which RMSprop and Adam
scale up). Where PyTorch is installed its float64 losses and parameters are to be the reference's within
1e-6.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np

from hpsearch.nn import NetworkSpec, Samples, TrainingResult, randomness, train
from hpsearch.nn.reference import Network
from hpsearch.nn.samples import mini_batches
from hpsearch.nn.spec import learning_rate
from hpsearch.nn.state import initial_state
from tests.nn.golden import CLASSES, INPUTS, TRAIN, VALIDATION, specs

FEW = Samples(TRAIN.inputs[:30], TRAIN.labels[:30])


@dataclass
class Comparison:
    """Of one network: how far its losses are off, as a share of what is allowed, and the classes that differ.

    determined: whether float32 determines them.
    """

    off: float
    different: int = 0
    near_ties: int = 0
    determined: bool = True

    @property
    def same(self) -> bool:
        return self.off <= 1 and self.different == self.near_ties


def one_epoch(spec: NetworkSpec, engine: str, **changed: Any) -> TrainingResult:
    """Train on the few examples."""
    return train(replace(spec, epochs=1, **changed), FEW, VALIDATION, CLASSES, engine=engine)


def logits(result: TrainingResult, dtype: str) -> Any:
    """(n, C) of the validation part, computed by the reference."""
    state = replace(result.state, spec=replace(result.state.spec, dtype=dtype))
    return Network(state).logits(VALIDATION.inputs.astype(dtype)).astype(float)


def beside_reference(spec: NetworkSpec) -> Comparison:
    """The kernel, beside the reference."""
    ours, same, exact = one_epoch(spec, "kernel"), one_epoch(spec, "numpy"), one_epoch(spec, "numpy", dtype="float64")
    worst = 0.0
    for name in ("train_loss", "val_loss"):
        value = exact.curves[name][0]
        allowed = 1e-3 * (1 + abs(value)) + 5 * abs(same.curves[name][0] - value)
        worst = max(worst, abs(ours.curves[name][0] - value) / allowed)
    mine, its, true = logits(ours, "float32"), logits(same, "float32"), logits(exact, "float64")
    differ = mine.argmax(axis=1) != true.argmax(axis=1)
    ordered = np.sort(true, axis=1)
    size, noise = 1 + np.abs(true).max(axis=1), np.abs(its - true).max(axis=1)
    near = 1e-3 * size + 4 * noise
    ties = differ & (ordered[:, -1] - ordered[:, -2] <= near)
    return Comparison(worst, int(differ.sum()), int(ties.sum()), bool((noise <= 0.01 * size).all()))


def beside_torch(spec: NetworkSpec) -> Comparison:
    """The reference, beside PyTorch: its own batch norm, loss, gradients and optimizers."""
    exact = one_epoch(spec, "numpy", dtype="float64")
    loss, parameters = torch_epoch(replace(spec, dtype="float64"))
    pairs = [(loss, exact.curves["train_loss"][0])] + [(parameters[n], a) for n, a in exact.state.parameters.items()]
    return Comparison(max(float(np.max(np.abs(a - b) / (1e-6 * (1 + np.abs(b))), initial=0)) for a, b in pairs))


def torch_epoch(spec: NetworkSpec) -> tuple[float, dict[str, Any]]:
    """The mean loss of an epoch, and the parameters after it."""
    import torch
    from torch.nn import functional

    start = initial_state(spec, INPUTS, CLASSES)
    p = {name: torch.tensor(array, requires_grad=True) for name, array in start.parameters.items()}
    alpha = learning_rate(spec, 0)
    weights = [tensor for name, tensor in p.items() if name.startswith("weight")]
    groups = [
        {"params": weights, "weight_decay": spec.l2},
        {"params": [tensor for name, tensor in p.items() if not name.startswith("weight")]},
    ]
    made: dict[str, Callable[[], Any]] = {
        "sgd": lambda: torch.optim.SGD(groups, lr=alpha),
        "momentum": lambda: torch.optim.SGD(groups, lr=alpha * (1 - spec.momentum), momentum=spec.momentum),
        "rmsprop": lambda: torch.optim.RMSprop(groups, lr=alpha, alpha=spec.beta2, eps=spec.epsilon),
        "adam": lambda: torch.optim.Adam(groups, lr=alpha, betas=(spec.beta1, spec.beta2), eps=spec.epsilon),
    }
    optimizer = made[spec.optimizer]()
    order = randomness.permutation(randomness.key(spec.seed, randomness.ORDER, 0), len(FEW.labels))
    total = seen = 0.0
    for places in mini_batches(spec, len(order)):
        x, y = torch.tensor(FEW.inputs[order[places]]).double(), torch.tensor(FEW.labels[order[places]])
        for layer in range(len(spec.hidden)):
            x = x @ p[f"weight.{layer}"]
            if spec.batch_norm:
                scale, shift = p[f"scale.{layer}"], p[f"shift.{layer}"]
                x = functional.batch_norm(x, None, None, scale, shift, training=True, eps=spec.bn_epsilon)
            else:
                x = x + p[f"bias.{layer}"]
            x = functional.leaky_relu(x) if spec.activation == "leaky_relu" else getattr(torch, spec.activation)(x)
            if spec.dropout:
                key = randomness.key(spec.seed, randomness.DROPOUT, 0, layer + 1, places.start + 1)
                x = x * torch.tensor(randomness.mask(key, tuple(x.shape), spec.dropout)) / (1 - spec.dropout)
        last = len(spec.hidden)
        loss = functional.cross_entropy(x @ p[f"weight.{last}"] + p[f"bias.{last}"], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, seen = total + loss.item() * len(y), seen + len(y)
    return total / seen, {name: tensor.detach().numpy() for name, tensor in p.items()}


def compare(title: str, one: Callable[[NetworkSpec], Comparison], some: Iterator[NetworkSpec]) -> list[Comparison]:
    """Compare them all, say what came of it, and return those that can be told; exits where one is wrong."""
    found = {spec.seed: one(spec) for spec in some}
    told = {seed: each for seed, each in found.items() if each.determined}
    wrong = [seed for seed, each in told.items() if not each.same]
    furthest = max(each.off for each in told.values())
    print(
        f"{title}: {len(found)} networks, the furthest at {furthest:.2f} of what is allowed; wrong: {wrong or 'none'}"
    )
    if wrong:
        sys.exit(1)
    return [*told.values()]


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    told = compare("the kernel beside the reference", beside_reference, specs(count))
    identical, ties = sum(not each.different for each in told), sum(each.near_ties for each in told)
    print(f"  {identical} with identical classes, {ties} near-ties; {count - len(told)} undetermined in float32")
    if find_spec("torch"):
        compare("the reference beside PyTorch", beside_torch, specs(count))
    else:
        print("the reference beside PyTorch: skipped, PyTorch is not installed")
    sys.exit(len(told) < 0.98 * count)
