"""Five steps of PyTorch, as numbers: `python make_vectors.py` rewrites vectors.npz beside it (needs torch).

Two conventions differ, and are translated here. PyTorch's momentum adds gradients up where the course averages them,
so its learning rate is (1 - beta) times as large. PyTorch's running variance divides by m - 1, the course's by m.
"""

import itertools
import pathlib

import numpy as np
import torch
from torch import nn

STEPS, BATCH, WIDTHS, RATE = 5, 7, (4, 6, 5, 3), 0.05
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "leaky_relu": nn.LeakyReLU, "sigmoid": nn.Sigmoid}
OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=RATE),
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=RATE * (1 - 0.9), momentum=0.9),
    "rmsprop": lambda parameters: torch.optim.RMSprop(parameters, lr=RATE, alpha=0.99, eps=1e-6),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=RATE, betas=(0.9, 0.99), eps=1e-6),
}
CASES = [("relu", optimizer, bn) for optimizer in OPTIMIZERS for bn in (True, False)]
CASES += [(activation, "adam", bn) for activation in ("tanh", "leaky_relu", "sigmoid") for bn in (True, False)]


def start(batch_norm):
    """Inputs, labels and named parameters that both sides begin with."""
    rng = np.random.default_rng(11)
    arrays = {"x": rng.normal(size=(BATCH, WIDTHS[0])), "y": rng.integers(0, WIDTHS[-1], BATCH)}
    last = len(WIDTHS) - 2
    for layer, (fan_in, width) in enumerate(itertools.pairwise(WIDTHS)):
        arrays[f"weight.{layer}"] = rng.normal(size=(fan_in, width))
        if batch_norm and layer < last:
            arrays[f"scale.{layer}"] = rng.normal(1, 0.2, width)
            arrays[f"shift.{layer}"] = rng.normal(0, 0.2, width)
        else:
            arrays[f"bias.{layer}"] = rng.normal(0, 0.2, width)
    return arrays


def build(arrays, activation):
    """The network in PyTorch, and its parameters under our names."""
    modules, named, last = [], {}, len(WIDTHS) - 2
    for layer, (fan_in, width) in enumerate(itertools.pairwise(WIDTHS)):
        linear = nn.Linear(fan_in, width, bias=f"bias.{layer}" in arrays, dtype=torch.float64)
        modules.append(linear)
        named[f"weight.{layer}"], named[f"bias.{layer}"] = linear.weight, linear.bias
        if f"scale.{layer}" in arrays:
            modules.append(nn.BatchNorm1d(width, dtype=torch.float64))
            named[f"scale.{layer}"], named[f"shift.{layer}"] = modules[-1].weight, modules[-1].bias
        if layer < last:
            modules.append(ACTIVATIONS[activation]())
    named = {name: tensor for name, tensor in named.items() if tensor is not None}
    with torch.no_grad():
        for name, tensor in named.items():
            tensor.copy_(torch.tensor(arrays[name].T))
    return nn.Sequential(*modules), named


def torch_steps(activation, optimizer, batch_norm):
    """Losses of five steps, first gradients, last parameters, running averages and test-time probabilities."""
    arrays = start(batch_norm)
    network, named = build(arrays, activation)
    step = OPTIMIZERS[optimizer](network.parameters())
    x, y = torch.tensor(arrays["x"]), torch.tensor(arrays["y"])
    found = {"losses": []}
    for _ in range(STEPS):
        step.zero_grad()
        loss = nn.functional.cross_entropy(network(x), y)
        loss.backward()
        if not found["losses"]:
            found |= {f"gradient/{name}": tensor.grad.numpy().T.copy() for name, tensor in named.items()}
        found["losses"].append(loss.item())
        step.step()
    found |= {f"last/{name}": tensor.detach().numpy().T.copy() for name, tensor in named.items()}
    norms = [module for module in network if isinstance(module, nn.BatchNorm1d)]
    for layer, norm in enumerate(norms):
        initial = 0.9**STEPS  # what is left of the initial variance, 1
        biased = (norm.running_var - initial) * (BATCH - 1) / BATCH + initial
        norm.running_var.copy_(biased)
        found[f"running/mean.{layer}"] = norm.running_mean.numpy().copy()
        found[f"running/variance.{layer}"] = biased.numpy().copy()
    network.eval()
    with torch.no_grad():
        found["probabilities"] = network(x).softmax(dim=1).numpy()
    return {name: np.asarray(array) for name, array in found.items()}


def main():
    """Write every case, its start included, as `activation/optimizer/batch norm/name`."""
    table = {}
    for case in CASES:
        key = "/".join(map(str, case))
        table |= {f"{key}/start/{name}": array for name, array in start(case[2]).items()}
        table |= {f"{key}/{name}": array for name, array in torch_steps(*case).items()}
    np.savez_compressed(pathlib.Path(__file__).with_name("vectors.npz"), **table)


if __name__ == "__main__":
    main()
