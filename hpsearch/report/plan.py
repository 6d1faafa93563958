"""How many trials fit into a time, and what that means for the way to search."""

from rich.console import Console
from rich.markup import escape

from hpsearch.config import Config
from hpsearch.report import formats
from hpsearch.timing import Pace

__all__ = ["advice", "print_plan"]

_PANDA = 10  # trials below which one model watched closely gets further than a search
_FINE = 40  # trials below which a second, finer look would rest on too few


def print_plan(out: Console, config: Config, pace: Pace, seconds: float) -> None:
    """What was measured, how many trials that makes, and which way to search."""
    if not pace.trials:
        out.print("no trial finished in a minute; time one by hand, with --set search.trials=1", soft_wrap=True)
        return
    each = 1 / pace.per_second
    out.print(
        f"{pace.trials} trials in {formats.duration(pace.seconds)} with {pace.workers} workers: "
        f"{formats.duration(each)} each, start of the processes included",
        highlight=False,
        soft_wrap=True,
    )
    if pace.failed:
        out.print(f"[yellow]{pace.failed} of them failed[/]: look at why before a longer run", soft_wrap=True)
    fit = int(seconds * pace.per_second)
    out.print(f"about [bold]{fit:,}[/] trials fit into {formats.duration(seconds)}", highlight=False, soft_wrap=True)
    out.print(escape(advice(fit, config.space.dimensions)), soft_wrap=True, highlight=False)


def advice(fit: int, dimensions: int) -> str:
    """Panda, caviar or coarse to fine: it depends on the compute."""
    if fit < _PANDA:
        return (
            "panda: too few for a search. Watch one model, and change one thing at a time; or make trials cheaper: "
            "fewer epochs, less data"
        )
    if fit < max(_FINE, 8 * dimensions):
        return (
            f"caviar, at random: --set search.trials={fit}. With {dimensions} hyperparameters there are too few trials "
            "to look closer anywhere; fix those that matter least"
        )
    return f"coarse to fine: --set search.method=coarse_to_fine --set search.trials={fit}"
