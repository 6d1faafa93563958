import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from hpsearch.cli import COMMANDS
from hpsearch.cli import cli as group

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_help_that_the_list_shows_and_an_example(name: str) -> None:
    program = click.Context(group, info_name="hpsearch", **group.context_settings)
    command = group.get_command(program, name)
    assert command is not None
    help_text = command.get_help(click.Context(command, info_name=name, parent=program))
    assert help_text.startswith(f"Usage: hpsearch {name} ")
    assert "-h, --help" in help_text
    assert COMMANDS[name][1] in help_text
    assert re.search(rf"Example:\n +hpsearch {name}", help_text)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from hpsearch.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('numpy', 'pandas', 'rich', 'yaml', 'psutil') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"


def test_a_mistyped_command_is_met_with_a_suggestion(cli) -> None:
    outcome = cli("reprot")
    assert outcome.code == 2
    assert "did you mean `report`" in outcome.err


def test_python_dash_m_is_the_same_program() -> None:
    out = subprocess.run([sys.executable, "-m", "hpsearch", "--version"], capture_output=True, text=True, check=True)
    assert out.stdout.startswith("hpsearch, version ")
