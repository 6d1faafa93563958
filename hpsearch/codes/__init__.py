"""What `hpsearch explain` and docs/errors.md say: the codes of errors, each with its cause and its fix."""

from collections.abc import Mapping

from hpsearch.codes.config import CONFIG
from hpsearch.codes.data import DATA
from hpsearch.codes.explanation import Explanation, Table
from hpsearch.codes.parameters import PARAMETERS
from hpsearch.codes.runs import INTERNAL, STORE, USAGE
from hpsearch.codes.trials import TRIALS

GROUPS: Mapping[str, Table] = {
    "C: the config": dict(sorted({**CONFIG, **PARAMETERS}.items())),
    "D: the data": DATA,
    "S: the folder of a run": STORE,
    "R: running trials": TRIALS,
    "U: the command line": USAGE,
    "X: hpsearch itself": INTERNAL,
}
"""Where an error comes from -> its codes, in their order."""

CODES: Table = {code: explanation for table in GROUPS.values() for code, explanation in table.items()}
