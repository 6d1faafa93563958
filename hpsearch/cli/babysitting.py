"""One model before a person's eyes: what its keys do, on a terminal and from a file."""

import os
import re
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live

from hpsearch.document import scalar
from hpsearch.errors import UsageError
from hpsearch.runs import Run
from hpsearch.runs.babysitting import Babysitter
from hpsearch.store import KEYS
from hpsearch.system.signals import Interrupted, handled, interrupt
from hpsearch.trial import Trial
from hpsearch.views.babysitting import Screen, draw
from hpsearch.views.tables import sentence
from hpsearch.views.tree import print_lost, print_tree

COMMANDS = ("set", "up", "down", "back", "to", "keep", "finish", "leave")
_LOOK = 0.05  # seconds between two looks at the keyboard
_KEY = re.compile(r"\x1b\[[\d;]*[@-~]|\x1bO.|.", re.DOTALL)
_ARROWS = {"\x1b[A": "previous", "\x1b[B": "next", "\x1b[C": "+", "\x1b[D": "-"}
_TOUCHES = {"+": "up {}", "-": "down {}", "k": "keep", "q": "leave", "\x03": "leave"}
_ASKED = {"s": ("{} = ", "set {}="), "b": ("back to epoch ", "back ")}  # the prompt, and what is done with the answer
_MOVES = {"next": 1, "previous": -1}


def babysit_model(out: Console, run: Run, trial: Trial, every: int, keys: Iterable[str] | None) -> int:
    """Train a model, do what the keys say, show the tree in the end, and return the exit code."""
    executor = run.executor()
    code = 0
    try:
        session = Session(Babysitter(run, executor, trial, every), out)
        with handled(interrupt):
            try:
                if keys is None:
                    session.watch()
                else:
                    session.play(keys)
            except Interrupted as err:
                code = err.code
            session.model.leave()
    finally:
        executor.close(cancel=True)
    print_lost(out, run.lost)
    print_tree(out, run.store.folder.name, run.history)
    sentence(out, f"`hpsearch babysit {run.store.folder.name} {session.model.trial.number}` goes on with it", "dim")
    return code


@dataclass
class Session:
    """A model, the screen, and what is still to be done."""

    model: Babysitter
    out: Console
    screen: Screen = field(default_factory=Screen)
    over: bool = False
    _then: str = ""  # what is done with a line that is being typed

    def do(self, command: str) -> None:
        """Do what a line of a file of keys says behind its epoch; UsageError where that cannot be done."""
        verb, _, rest = command.strip().partition(" ")
        rest = rest.strip()
        if verb == "set":
            name, equals, text = rest.partition("=")
            if not equals or not text.strip():
                raise UsageError(f"set {rest}: must be NAME=VALUE")
            self.model.turn(name.strip(), scalar(text.strip()))
        elif verb in ("up", "down"):
            self.model.step(rest, up=verb == "up")
        elif verb in ("back", "to"):
            if not rest.isdecimal():
                raise UsageError(f"{verb} {rest}: must be a number")
            (self.model.back if verb == "back" else self.model.to)(int(rest))
        elif verb == "keep":
            self.model.keep_the_better()
        elif verb == "leave":
            self.over = True
        elif verb != "finish":
            raise UsageError(f"{command!r}: the commands are {', '.join(COMMANDS)}")

    def play(self, lines: Iterable[str]) -> None:
        """Train, and do what lines say at the epochs that they name; then to the end, unless one says to leave."""
        for number, line in enumerate(lines, start=1):
            text = line.partition("#")[0].strip()
            if not text:
                continue
            epoch, _, command = text.partition(" ")
            if not epoch.isdecimal():
                example = "EPOCH COMMAND, such as 12 set learning_rate=0.01"
                raise UsageError(f"line {number} of the keys: {text!r}\n  {example}")
            try:
                self._train(self._reachable(int(epoch)))
                self._do(command)
            except UsageError as err:
                raise UsageError(f"line {number} of the keys: {err}") from err
            if self.over:
                return
        self._train(self.model.end)

    def _reachable(self, epoch: int) -> int:
        """The epoch that a line names, where the model can come to it; UsageError elsewhere."""
        model = self.model
        if model.stepped is not None and not model.changes and epoch != model.epoch:
            raise UsageError(f"it was stepped back to {model.epoch}: what is touched there begins with {model.epoch}")
        if epoch < model.epoch:
            raise UsageError(f"{epoch} is behind, it is at {model.epoch}: `{model.epoch} back {epoch}` steps back")
        if epoch > model.end:
            raise UsageError(f"{epoch} is beyond its end, {model.end}: --until says how far it is trained")
        return epoch

    def _train(self, until: int) -> None:
        model = self.model
        while model.epoch < until and not model.is_over:
            for _ in model.advance():
                pass
            if model.is_over or model.epoch >= until:
                self._say()

    def _say(self) -> None:
        """A line for who looks at no screen."""
        model, metric = self.model, self.model.run.config.metric.name
        result = model.result
        if result is not None:
            told = result.error or f"{metric} {result.metrics.get(metric)}"
            sentence(self.out, f"epoch {model.epoch} of {model.end}, trial {model.trial.number}: {told}")

    def _do(self, command: str) -> None:
        """Do it, and keep it, so that the session can be played again."""
        epoch = self.model.epoch
        self.do(command)
        if self.over:
            return  # nothing was touched: another session may go on
        with (self.model.run.store.folder / KEYS).open("a", encoding="utf-8") as file:
            file.write(f"{epoch} {command}\n")

    def watch(self) -> None:
        """Train on a terminal, redraw as it goes, and listen to the keyboard."""
        with _raw_keyboard() as pressed, Live(console=self.out, screen=True, auto_refresh=False) as live:
            live.update(draw(self.out, self.model, self.screen), refresh=True)
            while not self.over:
                rests = self.screen.paused or self.screen.asks is not None or self.model.is_over
                for _ in [None] if rests else self.model.advance():
                    self._listen(pressed, _LOOK if rests else 0.0)
                    live.update(draw(self.out, self.model, self.screen), refresh=True)
                if not rests:
                    self._listen(pressed, 0.0)
                    live.update(draw(self.out, self.model, self.screen), refresh=True)

    def _listen(self, pressed: Callable[[float], Iterator[str]], seconds: float) -> None:
        for key in pressed(seconds):
            try:
                self.press(key)
            except UsageError as err:
                self.screen.message = str(err)

    def press(self, key: str) -> None:
        """Do what a key says; UsageError where that cannot be done."""
        screen, model = self.screen, self.model
        if screen.asks is not None:
            self._type(key)
            return
        screen.message = ""
        name = model.knobs[screen.chosen] if model.knobs else ""
        word = _ARROWS.get(key, key)
        if word in _TOUCHES:
            self._touch(_TOUCHES[word].format(name))
        elif word in _ASKED:
            prompt, self._then = (text.format(name) for text in _ASKED[word])
            screen.asks = prompt, ""
        elif word in _MOVES:
            screen.chosen = (screen.chosen + _MOVES[word]) % max(1, len(model.knobs))
        elif word == " ":
            screen.paused = not screen.paused
        elif word == "c":
            screen.compares = not screen.compares
            screen.message = "" if model.left else "there is no branch left behind yet"
        elif word == "f":
            screen.paused, screen.message = False, "it trains to its end"

    def _type(self, key: str) -> None:
        screen = self.screen
        prompt, text = screen.asks or ("", "")
        if key in ("\r", "\n"):
            screen.asks = None
            self._touch(self._then + text)
        elif key in ("\x1b", "\x03"):
            screen.asks = None
        elif key in ("\x7f", "\x08"):
            screen.asks = prompt, text[:-1]
        elif key.isprintable():
            screen.asks = prompt, text + key

    def _touch(self, command: str) -> None:
        self._do(command)
        self.screen.paused |= self.model.stepped is not None  # until it is touched, there is nothing to train there
        model, untouched = self.model, "as it is"
        if model.stepped is not None:
            untouched = f"turn a knob; or go on from {model.reached(model.trial)} with space"
        told = ", ".join(f"{name} is {value}" for name, value in model.changes.items()) or untouched
        self.screen.message = f"from epoch {model.epoch} of trial {model.trial.number}: {told}"


@contextmanager
def _raw_keyboard() -> Iterator[Callable[[float], Iterator[str]]]:
    """A function that gives the keys that were pressed, and waits so many seconds for the first."""
    file = sys.stdin.fileno()
    before = termios.tcgetattr(file)

    def pressed(seconds: float) -> Iterator[str]:
        while select.select([file], [], [], seconds)[0]:
            seconds, read = 0.0, os.read(file, 1024)
            if not read:
                yield "q"
                return
            yield from _KEY.findall(read.decode("utf-8", "replace"))

    try:
        tty.setcbreak(file)
        yield pressed
    finally:
        termios.tcsetattr(file, termios.TCSADRAIN, before)
