"""A Keras script as people have it: options in, the progress of `fit` out. It knows nothing of hpsearch."""

import argparse
import os
import sys

import numpy as np

try:
    import keras
except ModuleNotFoundError as err:
    sys.exit(f"this example needs Keras and a backend ({err}): pip install keras jax")

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.001)
parser.add_argument("--units", type=int, default=32)
parser.add_argument("--dropout", type=float, default=0.0)
options = parser.parse_args()

keras.utils.set_random_seed(int(os.environ.get("HPSEARCH_SEED", "0")))
inputs = np.random.default_rng(0).normal(size=(2000, 10)).astype("float32")
labels = (inputs[:, :5].prod(1) + inputs[:, 5:].sum(1) > 0).astype("int32")
model = keras.Sequential(
    [
        keras.layers.Dense(options.units, activation="relu"),
        keras.layers.Dropout(options.dropout),
        keras.layers.Dense(2, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(options.lr), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(inputs, labels, batch_size=64, epochs=15, validation_split=0.25, verbose=2)
