"""Values and tables as text: for people, for pipes and for programs."""

import json
import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hpsearch.config import yaml_lines

if TYPE_CHECKING:
    import pandas as pd


def value(item: Any) -> str:
    """A value for a table: numbers with four significant digits, nothing for a missing one."""
    if item is None or (isinstance(item, float) and math.isnan(item)):
        return ""
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, float):
        return f"{item:.4g}"
    return item if isinstance(item, str) else json.dumps(plain(item))


def metric(item: Any) -> str:
    """A metric for a table: four decimals, or four digits where it is large or tiny."""
    if item is None or not math.isfinite(item):
        return "" if item is None or math.isnan(item) else str(item)
    return f"{item:.4f}" if 0.01 <= abs(item) < 1000 or item == 0 else f"{item:.4g}"


def duration(seconds: float) -> str:
    """A time for people: 850 ms, 12.3 s, 4 min 05 s, 2 h 10 min."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def as_csv(frame: "pd.DataFrame") -> str:
    """Comma-separated, with every digit."""
    return frame.to_csv(index=False, lineterminator="\n").rstrip("\n")


def as_json(frame: "pd.DataFrame") -> str:
    """A list of objects, with every digit; what is missing is null."""
    return json.dumps([{k: plain(v) for k, v in row.items()} for row in frame.to_dict("records")], indent=2)


def as_markdown(frame: "pd.DataFrame", metrics: list[str]) -> str:
    """A Markdown table."""
    header = [str(column) for column in frame.columns]
    rows = [
        [(metric(v) if k in metrics else value(plain(v))).replace("|", "\\|") for k, v in row.items()]
        for row in frame.to_dict("records")
    ]
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_yaml(params: Mapping[str, Any]) -> str:
    """Settings as YAML, each on its line, with every digit."""
    return "\n".join(yaml_lines(params))


def arguments(params: Mapping[str, Any]) -> str:
    """Settings as command-line arguments, for `$(...)` in a shell."""
    import shlex

    def word(item: Any) -> str:
        return item if isinstance(item, str) else json.dumps(item)

    return " ".join(shlex.quote(f"--{name}={word(item)}") for name, item in params.items())


def plain(item: Any) -> Any:
    """The value as JSON knows it."""
    import pandas as pd

    if not isinstance(item, list | tuple | dict) and pd.isna(item):
        return None
    return item.item() if hasattr(item, "item") else item


def moment(timestamp: float | None) -> str:
    """A point in time, local: 2024-05-31 14:02."""
    return "" if timestamp is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(timestamp))
