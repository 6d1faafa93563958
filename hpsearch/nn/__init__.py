"""Small networks: dense layers, batch norm, softmax, four optimizers; trained by a compiled kernel or by NumPy.

Nothing here knows of trials or searches, and nothing of ours is imported from outside this package. A network is
trained alone; the kernel's numbers are the same on every machine, and the NumPy network says what they mean.

The way through:

    spec = NetworkSpec(hidden=(64, 32), learning_rate=3e-3)                    checked: ValueError
    result = train(spec, Samples(x, y), Samples(xv, yv), n_classes)            also state=..., on_epoch=..., engine=...
    result.curves["val_accuracy"], result.diverged_epoch, result.state
    predict(state, x), predict_class(state, x)                                 (n, C), (n,)
    evaluate(state, samples)                                                   loss and accuracy
    save(state, file), load(file)                                              NPZ, no pickle
"""

from hpsearch.nn.layout import Array
from hpsearch.nn.reference import softmax
from hpsearch.nn.samples import Samples
from hpsearch.nn.spec import PAIRS, Hyperparameter, NetworkSpec, Pair, hyperparameters
from hpsearch.nn.state import NetworkState, initial_state, load, save
from hpsearch.nn.training import (
    TrainingResult,
    default_engine,
    evaluate,
    memory_needed,
    numbers_of,
    predict,
    predict_class,
    train,
)
