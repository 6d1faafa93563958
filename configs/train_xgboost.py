"""An XGBoost script: parameters in a JSON file, a line for each round out. It knows nothing of hpsearch."""

import json
import sys
from pathlib import Path

try:
    import xgboost
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
except ModuleNotFoundError:
    sys.exit("this example needs XGBoost and scikit-learn: pip install xgboost scikit-learn")

params = json.loads(Path(sys.argv[1]).read_text())
inputs, labels = load_digits(return_X_y=True)
train_x, x, train_y, y = train_test_split(inputs, labels, test_size=0.25, random_state=0, stratify=labels)
train, validation = xgboost.DMatrix(train_x, train_y), xgboost.DMatrix(x, y)
params |= {"objective": "multi:softprob", "num_class": 10, "nthread": 1}
xgboost.train(params, train, num_boost_round=40, evals=[(train, "train"), (validation, "validation")])
