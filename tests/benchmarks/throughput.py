"""Trials per second on one fixed list of 512 trials: hpsearch beside Optuna + PyTorch and scikit-learn's search.

    python tests/benchmarks/throughput.py [--trials 512] [--peer-trials 64] [--workers 2] [--peers torch sklearn]

Every trial: digits, 1,400 rows to train on and 397 to validate, 20 epochs, Adam; learning_rate log-uniform 1e-4..1e-1,
beta1 one minus log-uniform 0.8..0.99, layers 1..3, units log-integer 16..128, batch_size 32, 64 or 128. All systems get
the same list in the same order, `--workers` processes and one BLAS thread each; a peer may run the head of the list
only, since its rate is steady. scikit-learn's networks have no batch norm, which makes them cheaper. Needs
scikit-learn, and optuna and torch for the peer `torch`.
"""

import argparse
import multiprocessing
import os
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import numpy as np  # noqa: E402  the variables above are read when it loads

EPOCHS, TRAIN_ROWS, SEED = 20, 1400, 7
Point = dict[str, Any]


def points(count: int) -> list[Point]:
    """The list of trials: the same numbers for every system."""
    rng = np.random.default_rng(SEED)
    rates = 10 ** rng.uniform(-4, -1, 512)
    beta1 = 1 - 10 ** rng.uniform(-2, np.log10(0.2), 512)
    layers = rng.integers(1, 4, 512)
    units = np.round(np.exp(rng.uniform(np.log(16), np.log(128), 512))).astype(int)
    batch = rng.choice([32, 64, 128], 512)
    names = ("learning_rate", "beta1", "layers", "units", "batch_size")
    rows = zip(rates.tolist(), beta1.tolist(), layers.tolist(), units.tolist(), batch.tolist(), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows][:count]


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training and validation inputs and labels, normalized with the training rows."""
    from hpsearch.data import DataSource, load

    digits = load(DataSource(name="digits"))
    order = np.random.default_rng(0).permutation(len(digits.labels))
    x, y = digits.inputs[order].astype(np.float64), digits.labels[order]
    x = ((x - x[:TRAIN_ROWS].mean(0)) / (x[:TRAIN_ROWS].std(0) + 1e-6)).astype(np.float32)
    return x[:TRAIN_ROWS], y[:TRAIN_ROWS], x[TRAIN_ROWS:], y[TRAIN_ROWS:]


def hpsearch_rate(count: int, workers: int) -> tuple[float, float]:
    """The whole tool: config, engine, processes, store. Trials per second and the best accuracy."""
    from hpsearch.config import read_config
    from hpsearch.runs import open_run

    xt, yt, xv, yv = data()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        np.savez(folder / "split.npz", x_train=xt, y_train=yt, x_val=xv, y_val=yv, x_test=xv, y_test=yv)
        lines = "\n".join(f"    - {point}" for point in points(count))
        config = read_config(
            "model: network\ndata: {path: split.npz}\nparameters:\n  learning_rate: loguniform(1e-5, 1)\n"
            "  beta1: reverseloguniform(0.5, 0.999)\n  layers: randint(1, 3)\n  units: lograndint(8, 256)\n"
            f"  batch_size: [32, 64, 128]\n  epochs: {EPOCHS}\nexecution: {{workers: {workers}}}\n"
            f"search:\n  method: points\n  points:\n{lines}\n",
            source="throughput",
            folder=folder,
        )
        start = time.perf_counter()
        with open_run(config, folder) as run, closing(run.executor()) as executor:
            for _ in run.search(executor):
                pass
            best = run.history.best()
            assert best is not None
            assert len(run.history.results) == count
            return count / (time.perf_counter() - start), run.history.score(best.number)


def torch_trial(point: Point) -> float:
    """One network in PyTorch as its users write it; validation accuracy."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    xt, yt, xv, yv = map(torch.tensor, data())
    layers: list[Any] = []
    width = xt.shape[1]
    for _ in range(point["layers"]):
        layers += [nn.Linear(width, point["units"], bias=False), nn.BatchNorm1d(point["units"]), nn.ReLU()]
        width = point["units"]
    net = nn.Sequential(*layers, nn.Linear(width, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=point["learning_rate"], betas=(point["beta1"], 0.999))
    loss = nn.CrossEntropyLoss()
    for _ in range(EPOCHS):
        net.train()
        for rows in torch.randperm(len(xt)).split(point["batch_size"]):
            optimizer.zero_grad()
            loss(net(xt[rows]), yt[rows]).backward()
            optimizer.step()
    net.eval()
    with torch.no_grad():
        return float((net(xv).argmax(1) == yv).float().mean())


def _optuna_worker(job: tuple[str, list[Point]]) -> None:
    """Optimize with the given points in place of random ones: two workers may not take the same enqueued trial."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage, own = job

    class Given(optuna.samplers.RandomSampler):
        def __init__(self) -> None:
            super().__init__()
            self.done = 0

        def after_trial(self, study: Any, trial: Any, state: Any, values: Any) -> None:
            self.done += 1

        def sample_independent(self, study: Any, trial: Any, name: str, distribution: Any) -> Any:
            point = own[self.done]
            return 1 - point["beta1"] if name == "one_minus_beta1" else point[name]

    def objective(trial: Any) -> float:
        return torch_trial(
            {
                "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
                "beta1": 1 - trial.suggest_float("one_minus_beta1", 0.01, 0.2, log=True),
                "layers": trial.suggest_int("layers", 1, 3),
                "units": trial.suggest_int("units", 16, 128, log=True),
                "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
            }
        )

    optuna.load_study(study_name="s", storage=storage, sampler=Given()).optimize(objective, n_trials=len(own))


def torch_rate(count: int, workers: int) -> tuple[float, float]:
    """Optuna with its SQLite storage, one study, `workers` processes."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        storage = f"sqlite:///{folder}/s.db"
        study = optuna.create_study(study_name="s", storage=storage, direction="maximize")
        start = time.perf_counter()
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            pool.map(_optuna_worker, [(storage, points(count)[i::workers]) for i in range(workers)])
        return count / (time.perf_counter() - start), study.best_value


def sklearn_rate(count: int, workers: int) -> tuple[float, float]:
    """scikit-learn's search over its MLPClassifier, which has no batch norm."""
    import warnings

    from sklearn.model_selection import GridSearchCV, PredefinedSplit
    from sklearn.neural_network import MLPClassifier

    os.environ["PYTHONWARNINGS"] = "ignore"
    warnings.filterwarnings("ignore")
    xt, yt, xv, yv = data()
    grid = [
        {
            "learning_rate_init": [point["learning_rate"]],
            "beta_1": [point["beta1"]],
            "hidden_layer_sizes": [[point["units"]] * point["layers"]],
            "batch_size": [point["batch_size"]],
        }
        for point in points(count)
    ]
    folds = PredefinedSplit(np.r_[np.full(len(xt), -1), np.zeros(len(xv))])
    network = MLPClassifier(max_iter=EPOCHS, tol=0, n_iter_no_change=10**6)
    search = GridSearchCV(network, grid, n_jobs=workers, cv=folds, refit=False)
    start = time.perf_counter()
    search.fit(np.r_[xt, xv], np.r_[yt, yv])
    return count / (time.perf_counter() - start), search.best_score_


PEERS = {"torch": ("Optuna + PyTorch", torch_rate), "sklearn": ("scikit-learn's search (no batch norm)", sklearn_rate)}


def main() -> None:
    """Measure ours, the peers, and ours again: the machine's other work shows as the difference of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=512)
    parser.add_argument("--peer-trials", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    options = parser.parse_args()
    first, best = hpsearch_rate(options.trials, options.workers)
    print(f"hpsearch: {first:.1f} trials/s, best {best:.4f}", flush=True)
    rates = {}
    for peer in options.peers:
        title, measure = PEERS[peer]
        rates[title], best = measure(options.peer_trials, options.workers)
        print(f"{title}: {rates[title]:.2f} trials/s, best {best:.4f}", flush=True)
    second, _ = hpsearch_rate(options.trials, options.workers)
    print(f"hpsearch again: {second:.1f} trials/s", flush=True)
    for title, rate in rates.items():
        print(f"hpsearch / {title}: {min(first, second) / rate:.1f} to {max(first, second) / rate:.1f}", flush=True)


if __name__ == "__main__":
    main()
