"""Draws README's picture from a run that is there: what a person sees while it runs, and the report.

hpsearch run configs/digits.yaml && python docs/pictures.py
"""

from pathlib import Path

from rich.console import Console

from hpsearch.config import load_config
from hpsearch.report.live import LiveView
from hpsearch.report.run import print_report
from hpsearch.run import open_run
from hpsearch.store import Store

DOCS = Path(__file__).parent
CONFIG = DOCS.parent / "configs" / "digits.yaml"


def main() -> None:
    """Write docs/report.svg."""
    out = Console(record=True, width=100, force_terminal=True)
    with open_run(load_config(CONFIG), Path("runs")) as run:
        out.print("$ hpsearch run configs/digits.yaml", style="bold cyan")
        out.print(LiveView(out, run).render())
    out.print("\n$ hpsearch report --top 10", style="bold cyan")
    with Store(Path("runs/digits")) as store:
        print_report(out, store, top=10, sort=None, where=None, columns=None)
    out.save_svg(str(DOCS / "report.svg"), title="hpsearch")


if __name__ == "__main__":
    main()
