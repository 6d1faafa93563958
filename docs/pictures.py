"""Draws README's picture: runs configs/digits.yaml, and records the live view on the way and the report at the end.

python docs/pictures.py
"""

import tempfile
from pathlib import Path

from rich.console import Console

from hpsearch.config import load_config
from hpsearch.report import findings
from hpsearch.runs import open_run
from hpsearch.views.live import LiveView
from hpsearch.views.report import PAGE, print_report

DOCS = Path(__file__).parent
CONFIG = DOCS.parent / "configs" / "digits.yaml"


def main() -> None:
    """Write docs/report.svg."""
    out = Console(record=True, width=104, force_terminal=True)
    with tempfile.TemporaryDirectory() as folder, open_run(load_config(CONFIG), Path(folder)) as run:
        view = LiveView(out, run)
        out.print("$ hpsearch run configs/digits.yaml", style="bold cyan")
        shown = False
        for done in run.arrivals():
            view.show(done)
            if not shown and len(run.history.results) >= 60:
                out.print(view.render())
                shown = True
        out.print("\n$ hpsearch report", style="bold cyan")
        found = findings(run.store)
        print_report(out, found, found.table.numbers[:PAGE])
    out.save_svg(str(DOCS / "report.svg"), title="hpsearch")


if __name__ == "__main__":
    main()
