"""Notices that a search goes wrong as a whole: its first trials all fail alike, or more fail than the user allows."""

import re
from dataclasses import dataclass

from hpsearch.errors import SearchFailedError, uncoded
from hpsearch.history import History
from hpsearch.trial import Result, Status

_FIRST = 5  # so many trials that fail in one way, before any succeeded, mean that the config is wrong
_CHANGING = re.compile(r"0x[0-9a-fA-F]+|[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?|/\S+")  # addresses, numbers, paths


@dataclass
class Failures:
    """Counts failures, of which `most` are suffered.

    A trial that diverged is none: a range that is too wide is what a search is to find out. Nor is one that somebody
    asked to end.
    """

    history: History
    most: int | None = None

    def __post_init__(self) -> None:
        results = list(self.history.results.values())
        self.count = sum(map(_is_failure, results))
        # What failed before this start may have been mended since: it is not held against the trials to come.
        self._alike: list[Result] = []
        self._open = all(_is_failure(result) for result in results)

    def add(self, result: Result) -> None:
        """Take in the next result."""
        if not _is_failure(result):
            self._open = False
            return
        self.count += 1
        if self._open:
            self._alike.append(result)
            self._open = _way(result) == _way(self._alike[0])

    def check(self) -> None:
        """Say it when there is something to say.

        Raises:
            SearchFailedError: the first trials all failed in the same way and the user set no limit, or `most` failed.
        """
        if self.most is None and self._open and len(self._alike) >= _FIRST:
            raise SearchFailedError(
                f"the first {len(self._alike)} trials all failed in the same way:\n  {_reason(self._alike[-1])}\n"
                "mend this and type the same command again; `hpsearch retry RUN --failed` runs them again\n"
                "  where many settings are bound to fail: --set execution.max_failures=100 says how many may",
                uncoded(self._alike[-1].error or "")[1],
            )
        if self.most is not None and self.count >= self.most:
            raise SearchFailedError(
                f"{self.count} trials failed, max_failures is {self.most}; all results are saved\n"
                f"  to go on: --set execution.max_failures={2 * self.count}"
            )


def _is_failure(result: Result) -> bool:
    return result.status.is_failure and result.status not in (Status.DIVERGED, Status.INTERRUPTED)


def _way(result: Result) -> tuple[Status, str]:
    return result.status, _CHANGING.sub("#", result.error or "")


def _reason(result: Result) -> str:
    return f"{result.status}: {result.error}" if result.status is not Status.FAILED else str(result.error)
