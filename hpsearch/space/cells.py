"""Values of a parameter as cells of a CSV file, and back: of two that look the same, the text stands in quotes."""

from typing import Any

import numpy as np

from hpsearch.document import for_spreadsheets, from_spreadsheet, parse, scalar, written
from hpsearch.errors import ConfigError
from hpsearch.space.distribution import Distribution


def as_cell(value: Any, distribution: Distribution) -> Any:
    """A cell that `from_cell` takes for this value; numbers and truth values as they are."""
    if not isinstance(value, str):
        return value if isinstance(value, bool | int | float) else written(value)
    forms = (for_spreadsheets(value), f"'{value}'", f'"{value}"')
    return next((form for form in forms if from_cell(form, distribution) == value), forms[0])


def from_cell(text: str, distribution: Distribution) -> Any:
    """What a cell means: as in a config, so null, 8 and [64, 32] are no texts where the parameter can be that.

    A cell in quotes is the text within, unless the parameter can be a text with quotes. An empty one is null or an
    empty text, whichever the parameter can be; one that does not exist has it too.
    """
    text = text.strip()
    meant = _in_config(text)
    if not isinstance(meant, str) and text in ("", written(meant), str(meant)) and _has(distribution, meant):
        return meant
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    texts = (from_spreadsheet(text), text, *([text[1:-1]] if quoted else []))
    # One that looks like a number, and is none there, is the text; one that it cannot be is told as a config has it.
    return next((form for form in texts if _has(distribution, form)), meant)


def _has(distribution: Distribution, value: Any) -> bool:
    return not np.isnan(distribution.to_unit([value])[0])


def _in_config(text: str) -> Any:
    try:
        return parse(text, "").plain() if text.startswith(("[", "{")) else scalar(text)
    except ConfigError:
        return text
