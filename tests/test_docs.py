"""README tells the truth: it names every command and key, and nothing that is not there."""

import importlib.util
import re
from pathlib import Path

import pytest

from hpsearch.cli import COMMANDS
from hpsearch.config import load_config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_readme_names_every_command(name: str) -> None:
    assert f"`hpsearch {name}" in README


def test_the_reference_in_readme_is_that_of_the_tables() -> None:
    path = ROOT / "docs" / "reference.py"
    spec = importlib.util.spec_from_file_location("reference", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.reference() in README, "python docs/reference.py --write"


def test_readme_names_no_command_that_does_not_exist() -> None:
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    named = {*re.findall(r"`hpsearch ([a-z]+)", README), *re.findall(r"hpsearch ([a-z]+)", blocks)}
    assert named == {*COMMANDS}


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_config_is_valid(path: Path) -> None:
    assert load_config(path).space.searched


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_every_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert local
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_every_file_of_ours_that_a_page_names_is_there() -> None:
    named = re.findall(r"\b(?:tests|docs|configs|hpsearch)/[\w/]+\.(?:py|ya?ml|md|svg)\b", README)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_walk_goes_through_every_room() -> None:
    walk = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (ROOT / "hpsearch").iterdir() if (path / "__init__.py").exists()]
    assert [room for room in rooms if not re.search(rf"hpsearch/{room}[/)]", walk)] == []
