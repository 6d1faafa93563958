"""What a config that was edited between two starts means for its run: it goes on, in a new round, or not at all."""

import ast
import json
import logging
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from hpsearch.config import Config
from hpsearch.document import keys_of
from hpsearch.errors import ConfigChangedError
from hpsearch.history import History
from hpsearch.methods import METHODS
from hpsearch.runs.run import Run
from hpsearch.space import Space
from hpsearch.store import Round, Store
from hpsearch.trial import Params, Status

_LOG = logging.getLogger(__name__)
_SHOWN = 100  # characters of a value in the list of what has changed
_EMPTY = ("{}", "[]")  # texts of an identity that say no more than none
_EARLIER = (("early_stop.after", "1"), ("early_stop.eta", "3"), ("early_stop.min", "1"))
"""Defaults that the identities of earlier versions name; today's name what is not as by default."""

_GOES_ON = ("search.trials", "early_stop.")
"""What decides trials to come alone."""

_OWN = dict.fromkeys(f"search.{key}" for method in METHODS.values() for key in keys_of(method.Settings))
_NEW_ROUND = ("parameters.", "search.method", "search.points", *_OWN)
"""What makes a new round of it."""


@dataclass
class Edit:
    """A space, or a way to search it, that is not the one that a run has had up to now.

    Attributes:
        changes: what has changed, a line each.
        space: the new one.
        trials: the settings of the trials that have a result, by number; the others are dropped with the old space.
        past: how many finished trials came in past the end of the search, and are deleted.
        asked: how many trials the config asks for; None for no certain number.
        had: parameter -> what those trials had, where the config did not name it; whoever agrees may add to it.
    """

    changes: Sequence[str]
    space: Space
    trials: Mapping[int, Params]
    past: int = 0
    asked: int | None = None
    had: dict[str, Any] = field(default_factory=dict)

    @property
    def unknown(self) -> list[str]:
        """New parameters of which nobody knows what the trials had."""
        names = {name for params in self.trials.values() for name in params} | self.had.keys()
        return [p.name for p in self.space.parameters if p.name not in names and self.trials]

    def completed(self) -> dict[int, Params]:
        """The settings of the trials, with what they had of new parameters where these exist."""
        return {number: {**params, **self._had_beside(params)} for number, params in self.trials.items()}

    def _had_beside(self, params: Params) -> Params:
        return {n: v for n, v in self.had.items() if n not in params and self.space[n].exists(params)}

    @property
    def inside(self) -> int:
        """How many of the trials lie in the new space."""
        return int(self.space.contains([*self.completed().values()]).sum())


Agree = Callable[[Edit], bool]
"""Whether a run is to go on with an edit, in a new round."""


def take_over(store: Store, config: Config, identity: Mapping[str, str], agree: Agree | None) -> list[str]:
    """Let a run go on with a config, which may have been edited since; what that means for it, to be said.

    Raises:
        ConfigChangedError: its results would mean something else, or nobody agreed to a new round.
    """
    facts = store.facts()
    changes = _Changes(facts.identity, identity)
    _LOG.debug("%s is taken up again; what the config says differently: %s", store.folder, changes.lines or "nothing")
    said = [f"the config was edited: {line}" for line in changes.lines]
    now: dict[str, Any] = {
        "folder": str(config.folder.resolve()),  # the project may have moved
        "document": dict(config.document),
        "config": config.text,
        "identity": identity,
        "metric": config.metric,
    }
    if changes.keys:
        now["examples"] = config.objective.examples(config.metric)
        history = store.history()
        ranks_anew = _ranks_anew(config, history)
        if not all(key.startswith((*_GOES_ON, *_NEW_ROUND, *ranks_anew)) for key in changes.keys):
            raise changes.refusal(store.folder)
        if changes.of_space:
            tried = {trial.number: trial.params for trial in history.trials if trial.number in history.results}
            run = Run.of(config, store)
            edit = Edit(changes.lines, config.space, tried, run.past, config.search.trials, _had(config, history))
            if agree is None or not agree(edit):
                raise changes.refusal(store.folder, edit)
            begun = Round(
                run.newest.number + 1, edit.space.stored(), "the config was edited", method=config.search.method
            )
            run.begin_round(begun, edit.completed(), spent=facts.spent, added=0, **now)
            return said
        if "search.trials" in changes.keys:
            _set_trials(store, config)
    store.note(**now)
    return said


def _ranks_anew(config: Config, history: History) -> Sequence[str]:
    """Keys of the metric, where all trials have the one of the config, and nothing was decided by another."""
    known = (result.metrics for result in history.results.values() if result.status is Status.COMPLETE)
    stopped = any(result.status is Status.STOPPED for result in history.results.values())
    same = config.metric.at == history.metric.at and config.early_stop is None and not stopped
    return ("metric.",) if same and all(config.metric.name in metrics for metrics in known) else ()


def _had(config: Config, history: History) -> dict[str, Any]:
    """What trials had of parameters that their config did not name, as far as that is known."""
    named = {name for trial in history.trials for name in trial.params}
    known = config.objective.defaults
    return {p.name: known[p.name] for p in config.space.parameters if p.name in known and p.name not in named}


def _set_trials(store: Store, config: Config) -> None:
    """Let the search have as many trials as the config says, those of a zoom among them."""
    store.note(added=0)
    rounds = store.rounds()
    newest = rounds[max(rounds)]
    if newest.until is not None and config.search.trials is not None:
        store.add_round(replace(newest, until=config.search.trials))


class _Changes:
    """What two identities, flat path -> text, say differently."""

    def __init__(self, stored: Mapping[str, str], given: Mapping[str, str]) -> None:
        stored = dict(stored.items() - (set(_EARLIER) - given.items()))
        self._was, self._is = ({k: v for k, v in each.items() if v not in _EMPTY} for each in (stored, given))
        keys = dict.fromkeys([*self._was, *self._is])
        self.keys = [key for key in keys if _sorted(self._was.get(key)) != _sorted(self._is.get(key))]

    @property
    def lines(self) -> list[str]:
        """A line for each."""
        pairs = ((key, _written(self._was.get(key)), _written(self._is.get(key))) for key in self.keys)
        return [f"{key}: was {_short(was, now)}, is now {_short(now, was)}" for key, was, now in pairs]

    @property
    def of_space(self) -> bool:
        """Whether the space, or the way to search it, is another; more points behind those of a list are not."""
        was, now = (json.loads(each.get("search.points", "[]")) for each in (self._was, self._is))
        more = now[: len(was)] == was and self._is["search.method"] == '"points"'  # else others are tried after them
        return any(key.startswith(_NEW_ROUND) and not (more and key == "search.points") for key in self.keys)

    def refusal(self, folder: Path, edit: Edit | None = None) -> ConfigChangedError:
        """What has changed, and the ways on; `edit`: it could begin a new round."""
        lines = "".join(f"  {line}\n" for line in self.lines)
        yes = "  --yes           go on in the same run, in a new round: old trials count where they lie in it\n"
        unknown = edit.unknown if edit else ()
        was = "".join(f"  --was {name}=...  with --yes: what old trials had of it\n" for name in unknown)
        return ConfigChangedError(
            f"{folder} was started with another config:\n{lines}nothing was run and nothing was changed. The ways on:\n"
            f"{yes if edit else ''}{was}"
            "  --new           a fresh run beside it\n"
            "  --name NAME     a fresh run under another name\n"
            "  undo the edit   to go on with the old one"
        )


def _sorted(value: str | None) -> str | None:
    """A text of an identity with the keys of its mappings in order: theirs in a config means nothing."""
    try:
        return json.dumps(json.loads(value or ""), sort_keys=True)
    except ValueError:
        return value


def _written(value: str | None) -> str | None:
    """A text of an identity as people write it: a command as a line of words, which is stored as a record is shown."""
    if value is None or not value.startswith('"CommandLine('):
        return value
    call = ast.parse(json.loads(value), mode="eval").body
    fields = {each.arg: ast.literal_eval(each.value) for each in call.keywords} if isinstance(call, ast.Call) else {}
    flags = "" if fields["booleans"] == "value" else f" (booleans: {fields['booleans']})"
    return shlex.join(fields["words"]) + flags


def _short(value: str | None, other: str | None) -> str:
    """The value, of a long one what differs from the other."""
    if value is None:
        return "not there"
    if len(value) <= _SHOWN:
        return value
    start = max(
        0,
        sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(value, other or "", strict=False))) - _SHOWN // 3,
    )
    return f"{'...' if start else ''}{value[start : start + _SHOWN]}{'...' if start + _SHOWN < len(value) else ''}"
