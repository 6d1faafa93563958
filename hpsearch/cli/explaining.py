"""`explain`: what the code of an error means, and what to do."""

import click
from click.shell_completion import CompletionItem

from hpsearch.cli.options import console
from hpsearch.codes import CODES
from hpsearch.errors import UsageError, did_you_mean


def _completed(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    return [CompletionItem(code, help=CODES[code].title) for code in CODES if code.startswith(begun.upper())]


@click.command()
@click.argument("codes", metavar="[CODE]...", nargs=-1, shell_complete=_completed)
def explain(codes: tuple[str, ...]) -> None:
    """Say more about the code of an error.

    Messages end in a code such as C104 in brackets: this prints what it means, why the rule is there, what to do, and
    an example. Without CODE it lists all of them.

    \b
    Example:
      hpsearch explain C104
    """
    from hpsearch.views.codes import print_codes, print_explanation

    wanted = [code.strip("[]").upper() for code in codes]
    if unknown := [code for code in wanted if code not in CODES]:
        hint = did_you_mean(unknown[0], CODES, called="") or "`hpsearch explain` lists all"
        raise UsageError(f"no code {unknown[0]!r}; {hint}", code="U102")
    out = console()
    for place, code in enumerate(wanted):
        if place:
            out.print()
        print_explanation(out, code, CODES[code])
    if not wanted:
        print_codes(out)
