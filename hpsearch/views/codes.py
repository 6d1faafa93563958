"""The codes of errors: one in full, or all of them by what they are about."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from hpsearch.codes import GROUPS, Explanation
from hpsearch.views.tables import plain_table, sentence, verbatim


def print_explanation(out: Console, code: str, explanation: Explanation) -> None:
    """What it means, why, what to do, and an example."""
    sentence(out, f"{code}: {explanation.title}", "bold")
    sentence(out, f"\n{explanation.cause}\n\nFix: {explanation.fix}")
    for title, example in (("wrong", explanation.wrong), ("right", explanation.right)):
        if example:
            sentence(out, f"\n{title}:", "dim")
            verbatim(out, "\n".join(f"  {line}" for line in example.splitlines()))


def print_codes(out: Console) -> None:
    """All codes with what they mean in a few words."""
    for title, codes in GROUPS.items():
        sentence(out, title, "bold")
        rows = [(Text(code, "cyan"), each.title) for code, each in codes.items()]
        out.print(Padding(plain_table((), rows, fold=True), (0, 0, 1, 2), expand=False))
    sentence(out, "`hpsearch explain CODE` says why, and what to do")
