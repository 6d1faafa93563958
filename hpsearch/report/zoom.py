"""What a zoom would search: per parameter the old range, the new one, the best trials between them, and the reason."""

from rich.console import Console
from rich.markup import escape

from hpsearch.insight import Step, Verdict
from hpsearch.report import formats
from hpsearch.space import Numeric
from hpsearch.zoom import ZoomPlan

__all__ = ["print_zoom", "zoom_hint"]

_WIDTH = 48


def print_zoom(out: Console, plan: ZoomPlan, trials: int) -> None:
    """The refined region, parameter by parameter."""
    found = plan.refinement
    out.print(
        f"[bold]{escape(plan.folder.name)}[/]: the best {found.considered} of {found.finished} trials, "
        f"from round {plan.origin}; round {plan.round} would be {trials} trials",
        soft_wrap=True,
        highlight=False,
    )
    for step in found.steps:
        out.print()
        by_hand = step.name in plan.by_hand
        head, lines = _head(plan, step, by_hand), bars(step)
        out.print(head, highlight=False, soft_wrap=True)
        for line in lines if not by_hand else lines[:1]:
            out.print(f"  {line}", highlight=False, soft_wrap=True)
        out.print(f"  {escape('set by hand' if by_hand else step.reason)}", style="dim", soft_wrap=True)
    out.print()


def _head(plan: ZoomPlan, step: Step, by_hand: bool) -> str:
    new = (
        str(plan.config.space[step.name].distribution) if by_hand else str(step.new) if step.new else "no longer there"
    )
    verdict = "set by hand" if by_hand else str(step.verdict)
    colour = "dim" if step.verdict is Verdict.KEPT and not by_hand else "green"
    change = escape(str(step.old)) if str(step.old) == new else f"{escape(str(step.old))} -> [bold]{escape(new)}[/]"
    return f"[bold]{escape(step.name)}[/] [{colour}]{verdict}[/]: {change}"


def bars(step: Step, width: int = _WIDTH) -> list[str]:
    """The old range with the best trials on it, and the new one beneath, both on the parameter's scale."""
    if not isinstance(step.old, Numeric) or step.span is None:
        return []
    low, high = min(0.0, step.span[0]), max(1.0, step.span[1])

    def place(u: float) -> int:
        return round((u - low) / (high - low) * (width - 1))

    old = [" "] * width
    old[place(0.0) : place(1.0) + 1] = "─" * (place(1.0) - place(0.0) + 1)
    for u in step.best:
        if low <= u <= high:
            old[place(u)] = "●"
    new = [" "] * width
    first, last = place(step.span[0]), place(step.span[1])
    new[first : last + 1] = "━" * (last - first + 1)
    ends = [f"{value:.4g}" for value in (step.old.min, step.old.max)]
    return [f"{ends[0]:>9} {''.join(old)} {ends[1]}", f"{'':>9} {''.join(new)}".rstrip()]


def zoom_hint(plan: ZoomPlan) -> list[str]:
    """What zoom would do, in two lines."""
    changes = [
        f"{step.name} to {_range(step)}"
        for step in plan.refinement.steps
        if step.verdict in (Verdict.NARROWED, Verdict.WIDENED, Verdict.DROPPED)
    ]
    command = f"hpsearch zoom {plan.folder.name}"
    if not changes:
        return ["Zoom would keep every range: the best trials lie no closer together than chance has it.", ""]
    return [f"Zoom would take {', '.join(changes)}:", f"  {command}"]


def _range(step: Step) -> str:
    if isinstance(step.new, Numeric):
        return f"{step.new.min:.4g}..{step.new.max:.4g}"
    return " or ".join(formats.value(value) for value in step.new.grid(100)) if step.new else "nothing"
