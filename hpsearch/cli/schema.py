"""`hpsearch schema`."""

import json

import click

__all__ = ["schema"]


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
