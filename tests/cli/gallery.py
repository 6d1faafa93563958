"""Screens of all commands at 60, 80 and 120 columns: `python -m tests.cli.gallery` writes docs/gallery.md anew.

Times differ from one machine to the next, and are masked where screens are compared; all else is the same everywhere.
"""

import contextlib
import io
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

from hpsearch.cli import COMMANDS, main
from hpsearch.views.terminal import Terminal

FILE = Path(__file__).parents[2] / "docs" / "gallery.md"
WIDTHS = (60, 80, 120)
CODE = """\
import math
from pathlib import Path


def train(learning_rate, momentum, layers, optimizer="adam", until=8, checkpoint_in=None, checkpoint_out=None):
    best = -abs(math.log10(learning_rate) + 2) - 3 * abs(momentum - 0.93) - 0.1 * layers
    done = int(Path(checkpoint_in, "epoch").read_text()) if checkpoint_in else 0
    for epoch in range(done + 1, until + 1):
        if learning_rate > 0.9:
            raise ValueError("the learning rate is far too large for this network, which has diverged at once")
        yield {"val_accuracy": 1 / (1 + math.exp(-best * (1 - 0.5**epoch)))}
    if checkpoint_out:
        Path(checkpoint_out, "epoch").write_text(str(until))
"""
CONFIG = """\
function: example:train
metric: {name: val_accuracy, goal: maximize}
parameters:
  learning_rate: loguniform(1e-4, 1)
  momentum: reverseloguniform(0.8, 0.99)
  layers: randint(1, 4)
  optimizer: [adam, sgd]
search: {trials: 40, confirm: {top: 3, replicates: 2}}
execution: {workers: inline}
"""
KEYS = "3 up learning_rate\n6 back 4\n4 set momentum=0.95\n"
WRONG = CONFIG.replace("loguniform(1e-4, 1)", "loguniform(0, 1)").replace("trials: 40", "trails: 40")
SCREENS = [
    "--help",
    *("check example.yaml", "check wrong.yaml", "run example.yaml --dry-run", "run example.yaml", "run example.yaml"),
    *(
        "report",
        "report --full",
        "report --rounds",
        "report --where 'layers == 1' --top 3",
        "report --columns trial,val_accuracy,curve",
    ),
    *("show example 7", "best", "best --format args", "zoom --trials 8 --yes", "confirm --top 2 --replicates 2"),
    *("copy example other", "mv other third", "ls", "rm third --yes"),
    *("retry example --failed", "stop", "logs example 3", "evaluate", "repair example", "schema --help"),
    *("fork example 7@4 --set learning_rate=0.02 --until 10", "tree example", "replay example 7"),
    "babysit example.yaml --name model --until 8 --keys keys.txt",
    *("explain C203", "explain"),
    *(f"{name} --help" for name in COMMANDS if name != "schema"),
]
"""In this order, of one run."""
_TIME = re.compile(
    r"\d+(\.\d+)?(e-\d+)? (ms|s|min|h)\b( \d\d (s|min))?|\d{4}-\d\d-\d\d( \d\d:\d\d)?|\d+(\.\d+)? [KMG]i?B"
)


def screen(words: str, width: int) -> str:
    """What a command prints on a terminal of so many columns."""
    out = io.StringIO()

    def console() -> Terminal:
        return Terminal(file=out, width=width, force_terminal=True, no_color=True, highlight=False)

    arguments = re.findall(r"'[^']*'|\S+", words)
    places = ("searching", "reading", "files", "steering", "runs", "explaining", "forking")
    with contextlib.ExitStack() as stack:
        for place in places:
            module = f"hpsearch.cli.{place}"
            __import__(module)
            if hasattr(sys.modules[module], "console"):
                stack.enter_context(mock.patch(f"{module}.console", console))
        for module in ("hpsearch.cli.session", "hpsearch.cli.options"):
            stack.enter_context(mock.patch(f"{module}.console", console))
        stack.enter_context(mock.patch.dict(os.environ, {"COLUMNS": str(width), "PAGER": ""}))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(out))
        with contextlib.suppress(SystemExit):
            main([word.strip("'") for word in arguments])
    stays = out.getvalue().rpartition("\x1b[2K")[2]  # a live view is wiped away at its end
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stays)
    return "\n".join(line.rstrip() for line in plain.splitlines())


@contextlib.contextmanager
def example() -> Iterator[None]:
    """A folder with the example in it, as the current one."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("example.py").write_text(CODE, encoding="utf-8")
        Path("example.yaml").write_text(CONFIG, encoding="utf-8")
        Path("keys.txt").write_text(KEYS, encoding="utf-8")
        Path("wrong.yaml").write_text(WRONG, encoding="utf-8")
        yield


def screens() -> Iterator[tuple[int, str, str]]:
    """Width, command and screen, all of them."""
    for width in WIDTHS:
        with example():
            for words in SCREENS:
                yield width, words, screen(words, width)


def masked(text: str) -> list[str]:
    """The words of a screen without what differs from one time to the next."""
    return _TIME.sub("TIME", " ".join(text.split())).split()


def page(say: Callable[[str], object] = lambda _: None) -> str:
    """The gallery."""
    head = "Made by `python -m tests.cli.gallery` at three widths; [README](../README.md) says what they mean."
    parts = [f"# Screens\n\n{head}\n"]
    for width, words, text in screens():
        say(f"{width} {words}")
        parts.append(f"## {width} columns: hpsearch {words}\n\n```\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    FILE.write_text(page(print), encoding="utf-8")
