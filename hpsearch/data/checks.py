"""Everything that can be wrong with a source and be told without reading its rows, all at once."""

from hpsearch.data.builtin import BUILT_IN
from hpsearch.data.dataset import listed
from hpsearch.data.encoding import is_number
from hpsearch.data.files import did_you_mean, kind_of
from hpsearch.data.headers import columns, files_of
from hpsearch.data.source import DataSource
from hpsearch.errors import DataError

_LEAST_POINTS = 6  # of each class: two in each part

Problems = dict[str, str]


def problems(source: DataSource) -> Problems:
    """Say what is wrong with a source, by its field's name; {} if all is well. Reads no rows."""
    return _place(source) | _cut(source) | (_points(source) if source.name in ("blobs", "spirals") else {})


def _place(source: DataSource) -> Problems:
    known = f"built in: {', '.join(BUILT_IN)}"
    if (source.name is None) == (source.path is None):
        return {"name": f"give either a name ({known}) or a path to a file"}
    if source.name is None:
        return _file(source)
    if source.name in BUILT_IN:
        return {}
    hint = did_you_mean(source.name, list(BUILT_IN))
    return {"name": f"no data set '{source.name}'{hint}; {known}; for a file, write `path:`"}


def _file(source: DataSource) -> Problems:
    try:
        path = files_of(source)[0]
        known = columns(path)
    except DataError as error:
        return {"path": str(error)}
    kind = kind_of(path)
    if kind in ("csv", "parquet"):
        return _target(source, known) | _drop(source, known)
    found = {"drop": "only a table (CSV, Parquet) has columns to drop; remove it"} if source.drop else {}
    if source.target is not None and kind == "idx":
        return found | {"target": "an IDX file has no columns; name the file of labels with `labels:`"}
    return found | (_target(source, known) if source.target is not None else {})


def _target(source: DataSource, known: list[str]) -> Problems:
    if source.target is None:
        return {"target": f"name the column that holds the class: `target: ...`, one of {listed(known)}"}
    if source.target in known:
        return {}
    return {"target": f"'{source.target}' is not in the file{_hint(source.target, known)}; it has {listed(known)}"}


def _drop(source: DataSource, known: list[str]) -> Problems:
    for name in source.drop:
        if name not in known:
            return {"drop": f"'{name}' is not in the file{_hint(name, known)}; it has {listed(known)}"}
        if name == source.target:
            return {"drop": f"'{name}' is the target; take it out of `drop:`"}
    if not set(known) - {source.target, *source.drop}:
        return {"drop": f"no input is left beside the target; the file has {listed(known)}"}
    return {}


def _hint(name: str, known: list[str]) -> str:
    """Name the nearest column, or a file that starts with its first row: most of its names are numbers."""
    no_header = 2 * sum(map(is_number, known)) > len(known)
    return did_you_mean(name, known) or ("; add a first line with the columns' names" if no_header else "")


def _cut(source: DataSource) -> Problems:
    fractions = {"validation": source.validation, "test": source.test}
    found = {
        name: f"a fraction of the rows is above 0 and below 1, got {value}; use 0.2"
        for name, value in fractions.items()
        if not 0 < value < 1
    }
    if not found and source.validation + source.test >= 1:
        both = f"{source.validation} + {source.test}"
        found["validation"] = f"validation + test must leave rows to train on, got {both}; use 0.2 for each"
    return found if source.seed >= 0 else found | {"seed": f"a seed is 0 or more, got {source.seed}; use 0"}


def _points(source: DataSource) -> Problems:
    found = {}
    least = _LEAST_POINTS * source.classes
    if source.classes < 2:
        found["classes"] = f"at least 2 classes are needed, got {source.classes}; use 3"
    elif source.points < least:
        found["points"] = f"{source.classes} classes need at least {least} points, got {source.points}"
    if not 0 <= source.noise < float("inf"):
        found["noise"] = f"noise is finite and 0 or more, got {source.noise}; use 0.2"
    return found
