"""The commands. Each has a file of its own, imported only when it is called, so that `--help` is instant."""

import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from hpsearch import __version__
from hpsearch.errors import HpsearchError, UsageError, coded, did_you_mean
from hpsearch.system.environment import pin_threads
from hpsearch.system.signals import Interrupted, discard_output

COMMANDS = {
    "init": ("files", "Write a starting config, for a table of yours or for a command."),
    "plan": ("searching", "Time a few trials and say how many fit."),
    "run": ("searching", "Search the space that CONFIG declares."),
    "zoom": ("searching", "Refine the region of the best trials and search it."),
    "confirm": ("searching", "Run the best few trials again with other seeds."),
    "babysit": ("forking", "Watch one model while it trains, and turn its knobs."),
    "fork": ("forking", "Carry a trial on, perhaps with a knob turned."),
    "tree": ("forking", "Show which trial was carried on from which."),
    "replay": ("forking", "Train a trial again, from nothing."),
    "watch": ("steering", "Watch a run that goes on elsewhere."),
    "stop": ("steering", "Stop a run that goes on elsewhere."),
    "retry": ("searching", "Run trials of a run again."),
    "report": ("reading", "Show the ranked trials of a run."),
    "show": ("reading", "Show everything about one trial."),
    "logs": ("steering", "Print what a trial wrote."),
    "best": ("reading", "Print the best settings of a run."),
    "check": ("files", "Check a config and show what it will sample."),
    "ls": ("runs", "List all runs, and how it stands with each."),
    "rm": ("runs", "Delete runs."),
    "mv": ("runs", "Rename a run."),
    "copy": ("runs", "Copy a run."),
    "evaluate": ("reading", "Test the best network on the part that no search saw."),
    "repair": ("files", "Save what can be read of a damaged run."),
    "schema": ("files", "Print the JSON Schema of a config."),
    "explain": ("explaining", "Say more about the code of an error."),
}
"""Command -> the file that it is in, and its first line of help; a test holds the two equal."""


_MOST_CODES = 3
_OURS = 70
"""Exit code of a mistake of our own: EX_SOFTWARE of sysexits.h."""


def _debug(_ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    """Let all that is decided be said on standard error."""
    if asked:
        form = "%(relativeCreated)8.0f ms  %(name)s: %(message)s"
        logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format=form)
        logging.getLogger("hpsearch").setLevel(logging.DEBUG)


_DEBUG = click.Option(
    ["--debug"],
    is_flag=True,
    expose_value=False,
    callback=_debug,
    envvar="HPSEARCH_DEBUG",
    help="Say on standard error what is decided and why, with times; an unexpected error is shown in full.",
)
"""Of every command."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """All commands, those that one needs first at the top."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; for a mistyped name a suggestion."""
        if cmd_name in COMMANDS:
            command: click.Command = getattr(import_module(f"hpsearch.cli.{COMMANDS[cmd_name][0]}"), cmd_name)
            if _DEBUG not in command.params:
                command.params.append(_DEBUG)
            return command
        if not cmd_name.startswith("-"):
            ctx.fail(f"no command {cmd_name!r}; {did_you_mean(cmd_name, COMMANDS)}")
        return None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what click says of its arguments gets a code as ours have."""
        try:
            return super().invoke(ctx)
        except click.UsageError as err:
            raise click.UsageError(coded(err.format_message(), UsageError.code), err.ctx) from err

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    """The version, and what trains networks here."""
    if not asked:
        return
    from hpsearch.nn import kernel

    missing = kernel.missing()
    trainer = f"NumPy: {missing}" if missing else f"kernel {kernel.VERSION} ({kernel.variant()})"
    click.echo(f"hpsearch, version {__version__}\nnetworks are trained by {trainer}")
    ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show versions.")
def cli() -> None:
    """Hyperparameter search: random, on the right scale, coarse to fine.

    \b
    Example:
      hpsearch run configs/digits.yaml
      hpsearch report
    """


def main(args: Sequence[str] | None = None) -> Any:
    """Run the command line. A user's mistake ends in a message and an exit code, never in a traceback."""
    pin_threads()
    try:
        return cli.main(args, prog_name="hpsearch")
    except HpsearchError as err:
        from hpsearch.cli.options import say

        text = err.shown()
        say(text if "\n" in text else f"Error: {text}", err=True)
        if err.codes and not isinstance(err, UsageError):
            say(f"`hpsearch explain {' '.join(err.codes[:_MOST_CODES])}` says more", err=True)
        sys.exit(err.exit_code)
    except OSError as err:
        discard_output()  # it may be what cannot be written
        place = f"{err.filename}: " if err.filename else ""
        click.echo(coded(f"Error: {place}{err.strerror or err}", "S104"), err=True)
        sys.exit(1)
    except Interrupted as err:
        click.echo("Interrupted.", err=True)
        sys.exit(err.code)
    except Exception as err:
        from hpsearch.cli.unexpected import report

        if logging.getLogger("hpsearch").isEnabledFor(logging.DEBUG):
            raise
        click.echo(report(err, sys.argv[1:] if args is None else args), err=True)
        sys.exit(_OURS)
