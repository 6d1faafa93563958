from pathlib import Path

from rich.console import Console

from hpsearch.config import read_config
from hpsearch.runs import open_run
from hpsearch.views.live import LiveView

CONFIG = """\
name: small
model: network
data: {name: blobs, points: 120}
parameters: {learning_rate: "loguniform(1e-3, 1)"}
search: {trials: 8}
"""


def test_the_live_view_says_that_the_search_is_stopping_from_the_moment_it_is(tmp_path: Path) -> None:
    said: list[str] = []
    out = Console(width=80, force_terminal=True)
    with open_run(read_config(CONFIG, source="small.yaml", folder=tmp_path), tmp_path) as run:
        view = LiveView(out, run, lambda: " ".join(said))

        def shown() -> str:
            with out.capture() as captured:
                out.print(view.frame())
            return captured.get()

        assert "Stopping" not in shown()
        said.append("Stopping")
        assert "Stopping" in shown()
