"""What nobody has foreseen: a report that can be sent, in place of a traceback on the screen."""

import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hpsearch.document import visible
from hpsearch.errors import coded
from hpsearch.system.environment import versions


def report(err: Exception, args: Sequence[str]) -> str:
    """Keep all that is known of an error in a file, here or among temporary files; what a person is told of it."""
    known = ", ".join(f"{name} {version}" for name, version in versions().items())
    text = f"{known}\ncalled with: {' '.join(map(repr, args))}\n\n{''.join(traceback.format_exception(err))}"
    said = coded(f"{type(err).__name__}: {str(err)[:200]}", "X101")
    for folder in (Path(), Path(tempfile.gettempdir())):
        path = folder / f"hpsearch-error-{time.strftime('%Y%m%d-%H%M%S')}.txt"
        with suppress(OSError):
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
            return visible(
                f"Error: a mistake of hpsearch itself, {said}\n"
                f"  Traceback in {path}: please send it with the config; it names files of yours\n"
                "  all finished trials are saved; the same command goes on, --debug says what is decided on the way",
                "\n",
            )
    return visible(f"Error: a mistake of hpsearch itself, {said}\n{text}", "\n")
