"""Small networks in NumPy, many at once: dense layers, batch norm, softmax, four optimizers.

Nothing here knows of trials or searches, and nothing of ours is imported from outside this package. Networks
that agree in `stack_key` are trained together, as one more axis of every array; one network is a stack of one.

Axis letters, here and in every docstring:

    P models   B examples of a mini-batch   D inputs   H hidden units   C classes   n points  N parameters

The way through:

    spec = NetworkSpec(hidden=(64, 32), learning_rate=3e-3)                    checked: ValueError
    results = train(specs, Samples(x, y), Samples(xv, yv), n_classes)          also states=..., on_epoch=...
    results[0].validation_accuracy, results[0].diverged_epoch, results[0].state
    predict(state, x), predict_class(state, x)                                 (n, C), (n,)
    evaluate(state, samples)                                                   loss and accuracy
    save(state, file), load(file)                                              NPZ, no pickle
    stacks(specs, n_inputs, n_classes)                                         which specs to train together
    cost(spec, n_train, n_inputs, n_classes)                                   which stack to start first
"""

from hpsearch.nn.activations import softmax
from hpsearch.nn.batches import Samples
from hpsearch.nn.predict import evaluate, predict, predict_class
from hpsearch.nn.spec import PAIRS, Hyperparameter, NetworkSpec, Pair, hyperparameters
from hpsearch.nn.stacking import cost, stack_key, stacks
from hpsearch.nn.state import NetworkState, initial_state, load, save
from hpsearch.nn.training import TrainingResult, train
