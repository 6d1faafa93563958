"""Commands around configs and folders: `init`, `check`, `schema`, `repair`."""

import json
from pathlib import Path

import click

from hpsearch.cli.options import (
    FILE,
    check_free,
    checked_config,
    config_argument,
    force_option,
    name_option,
    overrides_option,
    paged,
    pager_option,
    run_argument,
    say,
)
from hpsearch.store import repair_run


@click.command()
@click.argument("data", required=False, type=click.Path(path_type=Path))
@click.option("--target", help="The column that holds the labels.")
@click.option("--output", "-o", type=FILE, help="The file; DATA.yaml by default.")
@force_option
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
    from hpsearch.runs.starting import config_for_command, config_for_data

    path = output or Path(f"{data.name.split('.')[0]}.yaml" if data else "search.yaml")
    check_free(path, force)
    write_file(path, config_for_data(data, target, path) if data else config_for_command())
    say(f"written: {path}\nNext: hpsearch check {path}, then hpsearch run {path}")


@click.command()
@config_argument
@overrides_option
@name_option
@pager_option
def check(config: Path, overrides: tuple[str, ...], name: str | None, no_pager: bool) -> None:
    """Check a config and show what it will sample.

    The data is read as `run` reads it: what becomes of each column, and what always guessing the largest class scores.

    \b
    Example:
      hpsearch check configs/digits.yaml
    """
    from rich.markup import escape

    from hpsearch.config import lint
    from hpsearch.views.data import print_data
    from hpsearch.views.space import print_space
    from hpsearch.views.tables import sentence

    checked = checked_config(config, overrides, name=name)
    with paged(no_pager) as out:
        print_space(out, checked)
        if checked.objective.data:
            print_data(out, checked.objective.data)
        for remark in checked.objective.remarks(checked.space):
            sentence(out, remark)
        for advice in lint(checked):
            out.print(f"[yellow]advice:[/] {escape(advice)}")


@click.command()
def schema() -> None:
    """Print the JSON Schema of a config.

    Editors complete and check configs with it.

    \b
    Example:
      hpsearch schema > hpsearch.schema.json
      # then, as the first line of a config, for editors with a YAML language server:
      # yaml-language-server: $schema=hpsearch.schema.json
    """
    from hpsearch.config import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


@click.command()
@run_argument(required=True)
def repair(folder: Path) -> None:
    """Save what can be read of a damaged run.

    What can be read goes into a new database in its place; the damaged one is kept beside it as run.db.damaged. It says
    what was lost; where too little is left to go on with, nothing is changed and the exit code is 1.

    \b
    Example:
      hpsearch repair digits
    """
    from hpsearch.runs.opening import facts_from
    from hpsearch.views.repair import repair_lines

    found = repair_run(folder, lambda known: facts_from(known, folder))
    say("\n".join(repair_lines(folder.name, found)))
