"""A time as people write it, outside a config."""

from hpsearch.config.kinds import Duration, Invalid
from hpsearch.config.loader import Node, Place
from hpsearch.config.scalars import scalar
from hpsearch.errors import UsageError

__all__ = ["read_duration"]


def read_duration(text: str, option: str) -> float:
    """Seconds; `option` is where it stands.

    Raises:
        UsageError: it is no time.
    """
    try:
        return Duration().read(Node(scalar(text), Place(option)))
    except Invalid as err:
        raise UsageError(f"{option} {err}") from err
