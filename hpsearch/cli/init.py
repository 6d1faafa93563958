"""`hpsearch init`."""

from pathlib import Path

import click

__all__ = ["init"]


@click.command()
@click.argument("data", required=False, type=click.Path(path_type=Path))
@click.option("--target", help="The column that holds the labels.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="The file; DATA.yaml by default.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def init(data: Path | None, target: str | None, output: Path | None, force: bool) -> None:
    """Write a starting config, for a table of yours or for a command.

    For DATA it looks at rows, classes and features, and declares what to tune first: the learning rate, then hidden
    units and mini-batch size, then layers and decay. Without DATA it writes an example for a command of your own.

    \b
    Example:
      hpsearch init flowers.csv --target species
      hpsearch init -o search.yaml
    """
    from hpsearch.config import write_file
    from hpsearch.errors import UsageError
    from hpsearch.starting import config_for_command, config_for_data

    path = output or Path(f"{data.name.split('.')[0]}.yaml" if data else "search.yaml")
    if path.exists() and not force:
        raise UsageError(f"{path} is there already\n  choose another name with -o, or overwrite it with --force")
    text = config_for_data(data, target, path) if data else config_for_command()
    write_file(path, text)
    click.echo(f"written: {path}\nNext: hpsearch check {path}, then hpsearch run {path}")
