"""A small config that is right, to be changed one line at a time."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hpsearch.config import Config, read_config
from hpsearch.errors import ConfigError, Mistake

Read = Callable[..., Config]
Mistakes = Callable[..., list[Mistake]]

HEAD = "model: network\ndata: digits\n"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a config of these parameters, one a line, with more sections after them."""

    def read(parameters: str, more: str = "", overrides: Sequence[str] = (), head: str = HEAD) -> Config:
        lines = "".join(f"  {line}\n" for line in parameters.splitlines())
        text = f"{head}parameters:\n{lines}{more}"
        return read_config(text, source="c.yaml", folder=tmp_path, overrides=overrides, name="c")

    return read


@pytest.fixture
def mistakes(read: Read) -> Mistakes:
    """The mistakes of a config that `read` takes."""

    def mistakes(*arguments: object, **named: object) -> list[Mistake]:
        with pytest.raises(ConfigError) as caught:
            read(*arguments, **named)
        return caught.value.mistakes

    return mistakes
