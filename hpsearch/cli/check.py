"""`hpsearch check`."""

from pathlib import Path

import click

from hpsearch.cli.options import config_argument, overrides_option

__all__ = ["check"]


@click.command()
@config_argument
@overrides_option
def check(config: Path, overrides: tuple[str, ...]) -> None:
    """Check a config and show what it will sample.

    \b
    Example:
      hpsearch check configs/digits.yaml
    """
    from hpsearch.config import lint, load_config
    from hpsearch.report.space import print_space
    from hpsearch.report.tables import console

    checked = load_config(config, overrides)
    out = console()
    print_space(out, checked)
    for advice in lint(checked):
        out.print(f"[yellow]advice:[/] {advice}", soft_wrap=True)
