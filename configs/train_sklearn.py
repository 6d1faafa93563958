"""A script as people have it: options in, a printed metric out. It knows nothing of hpsearch."""

import argparse
import sys

try:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import cross_val_score
    from sklearn.svm import SVC
except ModuleNotFoundError:
    sys.exit("this example needs scikit-learn: pip install scikit-learn")

parser = argparse.ArgumentParser()
parser.add_argument("--C", type=float, default=1.0)
parser.add_argument("--kernel", default="rbf")
parser.add_argument("--gamma", type=float, default=0.001)
options = parser.parse_args()

inputs, labels = load_digits(return_X_y=True)
scores = cross_val_score(SVC(C=options.C, kernel=options.kernel, gamma=options.gamma), inputs, labels, cv=3)
print(f"accuracy: {scores.mean():.4f}")
