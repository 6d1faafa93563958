"""The console that everything is printed on: what programs, files and users wrote is shown there and never obeyed."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from hpsearch.document import visible


class Terminal(Console):
    """A console on which only the control codes are in force that are ours."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is drawn, piece by piece: the control codes within a text are shown."""
        for segment in super().render(renderable, options):
            harmless = segment.control or segment.text.isprintable()
            yield segment if harmless else Segment(visible(segment.text, "\n"), segment.style)
