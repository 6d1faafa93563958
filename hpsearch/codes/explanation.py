"""What is said of a code: the record that all tables here are made of."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """One kind of mistake that a person can make, or of failure that can befall a trial.

    Attributes:
        title: what is wrong, in a few words.
        cause: what it means, and why the rule is there.
        fix: what to do.
        wrong: an example that ends in this error; part of a config, of a table, or a command line.
        right: the same example as it should be.
    """

    title: str
    cause: str
    fix: str
    wrong: str = ""
    right: str = ""


Table = Mapping[str, Explanation]
