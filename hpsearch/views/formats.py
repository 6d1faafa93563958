"""Values as text for people, and reports as text for programs."""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from hpsearch.document import written
from hpsearch.report import ABSENT, Report, TrialTable


def value(item: Any) -> str:
    """A value for a table: numbers with four significant digits, nothing where there is none."""
    if item is ABSENT or (isinstance(item, float) and math.isnan(item)):
        return ""
    return f"{item:.4g}" if isinstance(item, float) else written(item)


def metric(item: Any) -> str:
    """A metric for a table: four decimals, or four digits where it is large or tiny."""
    if item is None or item is ABSENT or not math.isfinite(item):
        return "" if item is None or item is ABSENT or math.isnan(item) else str(item)
    return f"{item:.4f}" if 0.01 <= abs(item) < 1000 or item == 0 else f"{item:.4g}"


def cells(rows: Mapping[str, Sequence[Any]], is_metric: Callable[[str], bool]) -> dict[str, list[str]]:
    """Columns of values as columns of text."""
    return {name: [*map(metric if is_metric(name) else value, items)] for name, items in rows.items()}


def as_csv(rows: Mapping[str, Sequence[Any]]) -> str:
    """Columns as comma-separated values, with every digit; what is missing is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows)
    writer.writerows([[_csv_cell(item) for item in row] for row in zip(*rows.values(), strict=True)])
    return out.getvalue().rstrip("\n")


def _csv_cell(item: Any) -> Any:
    if item is ABSENT or (isinstance(item, float) and math.isnan(item)):
        return ""
    return item if isinstance(item, bool | int | float | str) else written(item)


def as_markdown(rows: Mapping[str, Sequence[Any]], is_metric: Callable[[str], bool]) -> str:
    """Columns as a Markdown table."""
    shown = zip(*cells(rows, is_metric).values(), strict=True)
    body = [[cell.replace("|", "\\|") for cell in row] for row in shown]
    return "\n".join(f"| {' | '.join(line)} |" for line in [list(rows), ["---"] * len(rows), *body])


def as_json(rows: Mapping[str, Sequence[Any]], table: TrialTable) -> str:
    """Rows as a list of objects, with every digit. A hyperparameter that a trial does not have is left out."""
    return json.dumps(_plain(_objects(rows, table)), indent=2, default=str)


def as_findings(report: Report, rows: Mapping[str, Sequence[Any]]) -> str:
    """The whole report as one JSON object, with every digit: its trials, and all that is found out from them."""
    document = {
        "run": report.name,
        "metric": report.metric,
        "best": report.best,
        "summary": report.summary,
        "trials": _objects(rows, report.table),
        "ties": report.ties,
        "confirmation": report.confirmation,
        "rounds": report.rounds,
        **{section.name: section.data for section in report.sections or ()},
    }
    return json.dumps(_plain(document), indent=2, default=str)


def _objects(rows: Mapping[str, Sequence[Any]], table: TrialTable) -> list[dict[str, Any]]:
    """Rows as mappings: there, null is a value of a hyperparameter, and elsewhere that there is none."""
    known = {name for name in rows if not table.is_parameter(name)}
    pairs = (zip(rows, row, strict=True) for row in zip(*rows.values(), strict=True))
    return [
        {name: None if item is ABSENT else item for name, item in row if item is not ABSENT or name in known}
        for row in pairs
    ]


def _plain(item: Any) -> Any:
    """Records as mappings, distributions in their short form; what is no number in JSON is null."""
    if hasattr(item, "from_unit"):
        return str(item)
    if is_dataclass(item) and not isinstance(item, type):
        return {field.name: _plain(getattr(item, field.name)) for field in fields(item)}
    if isinstance(item, Mapping):
        return {str(key): _plain(one) for key, one in item.items()}
    if isinstance(item, list | tuple):
        return [_plain(one) for one in item]
    return None if isinstance(item, float) and not math.isfinite(item) else item
