"""Why a search ended before its number of trials, in a sentence, and the way on."""

import time

from hpsearch.config import SearchSettings
from hpsearch.document import duration, significant
from hpsearch.history import History
from hpsearch.store import Ending


def deletes(past: int) -> str:
    """What a new round does with so many finished trials past the end of a search: how many there are is luck."""
    return f"{past} finished trials past the end of the search do not count and are deleted"


def why_ended(ending: Ending | None, search: SearchSettings, history: History, asked: int | None = None) -> str:
    """What ended it, of so many trials asked for, and how to go on; empty where nothing did."""
    if ending is None:
        return ""
    after = f"after {history.finished}{f' of {asked}' if asked else ''} trials"
    if ending.why == "time":
        given = search.time or 0.0
        return f"the time of the search, {duration(given)}, is up {after}; --set search.time={2 * given:g}s goes on"
    if ending.why == "until":
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(search.until))
        return f"the search ended at {when}, as `search.until` says, {after}; a later one goes on"
    if ending.why == "target":
        number = ending.by or ending.last or 0
        value = history.results[number].value(history.metric.name)
        reached = f"{history.metric.name} {significant(value)} of trial {number} reaches the target"
        reached = f"{reached}, {significant(search.target or 0)}"
        return f"the search ended {after}: {reached}; another `search.target` goes on"
    since = f"since trial {(ending.last or 0) - (search.patience or 0)}" if history.best() else "at all"
    return f"the search ended {after}: {search.patience} without a better one {since}; more `search.patience` goes on"
