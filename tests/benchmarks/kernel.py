"""How fast one core trains networks, beside what its own matrix product could do.

    python tests/benchmarks/kernel.py [--networks 24] [--epochs 5] [--engine kernel|numpy] [--torch 6]

Sets: `list`, the networks of throughput.py; `narrow` and `wide`, all optimizers, relu and tanh, 1 to 4 layers of 8 to
64 and of 16 to 256 units, mini-batches of 16 to 256, batch norm on and off, on the digits; `784`, such networks on
5,000 rows of 784 made-up inputs. Share: of NumPy's product of 512 x 512 matrices in float32, measured before each set;
operations are those of the products of a training, 2 for each multiplication, evaluation included. --torch: as many
of each set in PyTorch as its users write it, in this process, one thread; the ratio is of the same networks.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from hpsearch.nn import NetworkSpec, Samples, kernel, train


def product_rate() -> float:
    """Operations a second of one core's sgemm; the best of five."""
    a = np.random.default_rng(0).normal(size=(512, 512)).astype(np.float32)
    best = np.inf
    for _ in range(5):
        start = time.thread_time()
        for _ in range(8):
            a @ a
        best = min(best, (time.thread_time() - start) / 8)
    return float(2 * 512**3 / best)


def mixed(count: int, low: int, high: int, epochs: int) -> Iterator[NetworkSpec]:
    """Networks of all kinds."""
    rng = np.random.default_rng(1)
    for seed in range(count):
        units = int(np.exp(rng.uniform(np.log(low), np.log(high))))
        yield NetworkSpec(
            hidden=(units,) * int(rng.integers(1, 5)),
            batch_size=int(2 ** rng.integers(4, 9)),
            optimizer=str(rng.choice(["sgd", "momentum", "rmsprop", "adam"])),
            activation=str(rng.choice(["relu", "tanh"])),
            batch_norm=bool(rng.integers(2)),
            epochs=epochs,
            seed=seed,
        )


def operations(spec: NetworkSpec, n: int, n_validation: int, n_inputs: int, n_classes: int) -> float:
    """Of the products of a training."""
    widths = (n_inputs, *spec.hidden, n_classes)
    weights = [a * b for a, b in pairwise(widths)]
    return 2.0 * spec.epochs * (n * (3 * sum(weights) - weights[0]) + n_validation * sum(weights))


def train_torch(spec: NetworkSpec, samples: Samples, validation: Samples) -> None:
    """One network in PyTorch, evaluated after each epoch as ours is."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    xt, yt, xv, yv = (torch.tensor(a) for part in (samples, validation) for a in (part.inputs, part.labels))
    modules: list[nn.Module] = []
    for i, o in pairwise((xt.shape[1], *spec.hidden)):
        norm = [nn.BatchNorm1d(o)] if spec.batch_norm else []
        modules += [nn.Linear(i, o, bias=not norm), *norm, nn.ReLU() if spec.activation == "relu" else nn.Tanh()]
    net = nn.Sequential(*modules, nn.Linear((xt.shape[1], *spec.hidden)[-1], 10))
    alpha, ours = spec.learning_rate, net.parameters()
    optimizer = {
        "sgd": lambda: torch.optim.SGD(ours, lr=alpha),
        "momentum": lambda: torch.optim.SGD(ours, lr=alpha, momentum=0.9),
        "rmsprop": lambda: torch.optim.RMSprop(ours, lr=alpha),
        "adam": lambda: torch.optim.Adam(ours, lr=alpha),
    }[spec.optimizer]()
    loss = nn.CrossEntropyLoss()
    for _ in range(spec.epochs):
        net.train()
        for rows in torch.randperm(len(xt)).split(spec.batch_size):
            optimizer.zero_grad()
            loss(net(xt[rows]), yt[rows]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            out = net(xv)
            float(loss(out, yv)), float((out.argmax(1) == yv).float().mean())


def seconds(one: Callable[[NetworkSpec], object], specs: Sequence[NetworkSpec]) -> float:
    """Of this thread's own time, for all of them."""
    start = time.thread_time()
    for spec in specs:
        one(spec)
    return time.thread_time() - start


def main() -> None:
    """Measure and print."""
    from throughput import data, points

    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", type=int, default=24)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--engine", default="kernel")
    parser.add_argument("--torch", type=int, default=0, help="networks of each set")
    args = parser.parse_args()
    xt, yt, xv, yv = data()
    digits = Samples(xt, yt), Samples(xv, yv)
    rng = np.random.default_rng(0)
    images = Samples(rng.normal(size=(5000, 784)).astype(np.float32), rng.integers(0, 10, 5000))
    listed = [
        NetworkSpec(**{k: v for k, v in p.items() if k not in ("layers", "units")}, hidden=(p["units"],) * p["layers"],
                    epochs=args.epochs)
        for p in points(args.networks)
    ]  # fmt: skip
    sets = {
        "list": (listed, *digits),
        "narrow": ([*mixed(args.networks, 8, 64, args.epochs)], *digits),
        "wide": ([*mixed(args.networks, 16, 256, args.epochs)], *digits),
        "784": ([*mixed(args.networks // 2, 16, 256, 2)], images, Samples(images.inputs[:1000], images.labels[:1000])),
    }
    print(args.engine, kernel.variant() if args.engine == "kernel" else "")
    for name, (specs, samples, validation) in sets.items():
        parts, peak = (samples, validation), product_rate()
        ours = partial(train, samples=samples, validation=validation, n_classes=10, engine=args.engine)
        took = seconds(ours, specs)
        counted = (len(samples.labels), len(validation.labels), samples.inputs.shape[1], 10)
        rate = sum(operations(spec, *counted) for spec in specs) / took
        shown = f"{rate / 1e9:.1f} of {peak / 1e9:.0f} GFLOP/s, {rate / peak:.0%}"
        print(f"{name}: {len(specs) / took:.1f} networks/s, {shown}", flush=True)
        if some := specs[: args.torch]:
            train_torch(some[0], *parts)  # what it loads when first used is not counted
            theirs, own = seconds(lambda spec, parts=parts: train_torch(spec, *parts), some), seconds(ours, some)
            print(
                f"  {len(some)} of them in PyTorch {theirs:.2f} s, here {own:.2f} s: {theirs / own:.1f} times",
                flush=True,
            )


if __name__ == "__main__":
    main()
