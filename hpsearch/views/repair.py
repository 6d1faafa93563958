"""What a repair saved and lost, in lines for a person."""

from collections.abc import Sequence

from hpsearch.store import Repaired

_SHOWN = 20  # numbers of trials in a line


def repair_lines(name: str, found: Repaired) -> list[str]:
    """What was saved, what was lost, and how to go on."""
    if not found.saved:
        return [f"{name}: the repair that was interrupted is at its end.", _NEXT]
    counts = ", ".join(f"{count} {table}" for table, count in found.saved.items())
    lines = [f"{name}: {found.finished} trials with results saved ({counts})."]
    if found.trials:
        lines.append(f"Lost: {len(found.trials)} trials with all that was known of them: {_numbers(found.trials)}.")
    if found.results:
        lines.append(f"Lost: {len(found.results)} results, whose trials will be run again: {_numbers(found.results)}.")
    if found.replicates:
        lines.append(f"Lost: at least {found.replicates} results of repetitions; `hpsearch confirm` runs them again.")
    if found.rounds:
        lines.append(
            f"Lost: the ranges of round {_numbers(found.rounds)}; those of the round before stand in for them."
        )
    if found.facts:
        lines.append(f"Lost and rebuilt from the config: {', '.join(found.facts)}.")
    if found.defaults:
        lines.append(f"Lost: {', '.join(found.defaults)}; they are as in a run that begins.")
    places = [f"{count} in {table}" for table, count in found.damaged.items()]
    places += [f"{found.frames} pages of the log"] if found.frames else []
    if places:
        lines.append(f"Places that could not be read: {', '.join(places)}; what else stood there cannot be told.")
    return [*lines, _NEXT]


_NEXT = "Next: the same `hpsearch run` goes on and runs what is missing."


def _numbers(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return ", ".join(map(str, numbers[:_SHOWN])) + more
