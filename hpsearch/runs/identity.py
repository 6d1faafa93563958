"""Whether a config is the one that a run was started with, and the ways on where it is not."""

import json
from collections.abc import Mapping
from pathlib import Path

from hpsearch.errors import ConfigChangedError

_SHOWN = 100  # characters of a value in the list of what has changed
_EMPTY = ("{}", "[]")  # texts of an identity that say no more than none
_EARLIER = (("early_stop.after", "1"), ("early_stop.eta", "3"), ("early_stop.min", "1"))
"""Defaults that the identities of earlier versions name; today's name what is not as by default."""


def compare(folder: Path, stored: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Raise ConfigChangedError unless two identities, flat path -> text, decide the same trials."""
    stored = dict(stored.items() - (set(_EARLIER) - given.items()))
    stored, given = ({k: v for k, v in each.items() if v not in _EMPTY} for each in (stored, given))
    changed = [key for key in dict.fromkeys([*stored, *given]) if _sorted(stored.get(key)) != _sorted(given.get(key))]
    if not changed:
        return
    lines = "\n".join(f"  {key}: was {_short(stored.get(key))}, is now {_short(given.get(key))}" for key in changed)
    ways = ""  # that do in the same run what the edit was for
    if "search.trials" in changed:
        ways += "\n  --add N         so many more trials of the old search, with its number as it was"
    if any(key.startswith("parameters.") for key in changed):
        ways += "\n  hpsearch zoom   other ranges in the same run; --set NAME=RANGE sets one by hand"
    raise ConfigChangedError(
        f"{folder} was started with another config:\n{lines}\n"
        "nothing was run and nothing was changed. The ways on:\n"
        f"  --new           a fresh run beside it\n"
        f"  --name NAME     a fresh run under another name\n"
        f"  undo the edit   to go on with the old one{ways}"
    )


def _sorted(value: str | None) -> str | None:
    """A text of an identity with the keys of its mappings in order: theirs in a config means nothing."""
    try:
        return json.dumps(json.loads(value or ""), sort_keys=True)
    except ValueError:
        return value


def _short(value: str | None) -> str:
    if value is None:
        return "not there"
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..."
