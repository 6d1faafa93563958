"""The pages tell the truth: they name every command and key, and nothing that is not there; what they show is right."""

import csv
import importlib.util
import re
import shlex
import shutil
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest
import yaml

import hpsearch
import hpsearch.testing
from hpsearch.cli import COMMANDS, cli
from hpsearch.config import load_config
from hpsearch.errors import ConfigError
from tests.docs.transcript import files_of

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in PAGES}
BLOCKS = [
    (name, kind, text) for name, page in TEXTS.items() for kind, text in re.findall(r"```(\w+)\n(.*?)```", page, re.S)
]
SHELLS = "\n".join(text.replace("\\\n", "") for _, kind, text in BLOCKS if kind in ("sh", "console"))
LINES = {
    *re.findall(r"^(?:\$ )?(hpsearch .*)$", SHELLS, re.M),
    *re.findall(r"^ {4}(hpsearch .*)$", TEXTS["commands.md"], re.M),
}
CONFIGS = [(name, text) for name, kind, text in BLOCKS if kind == "yaml" and re.search("^parameters:", text, re.M)]


def test_readme_is_short() -> None:
    assert len(TEXTS["README.md"].splitlines()) <= 120


def test_readme_leads_to_every_page() -> None:
    assert [name for name in TEXTS if name != "README.md" and f"](docs/{name})" not in TEXTS["README.md"]] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_of_commands_names_every_one(name: str) -> None:
    assert f"| `hpsearch {name}" in TEXTS["commands.md"]


def module(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_the_reference_is_that_of_the_tables() -> None:
    assert module("docs/reference.py").reference() == TEXTS["reference.md"], "python docs/reference.py --write"


def test_the_page_of_errors_is_that_of_the_tables() -> None:
    assert module("docs/reference.py").errors() == TEXTS["errors.md"], "python docs/reference.py --write"


def test_no_page_names_a_command_that_does_not_exist() -> None:
    named = {*re.findall(r"`hpsearch ([a-z]+)", "\n".join(TEXTS.values())), *re.findall(r"hpsearch ([a-z]+)", SHELLS)}
    assert named == {*COMMANDS}


@pytest.mark.parametrize("line", sorted(LINES))
def test_a_command_line_that_a_page_shows_is_one(line: str) -> None:
    words = shlex.split(re.split(r"[|>]|&&", line)[0] if "--where" not in line else line, comments=True)
    group = click.Context(cli, **cli.context_settings)
    name, command, rest = cli.resolve_command(group, words[1:])
    assert command is not None
    command.make_context(name, rest, parent=group)


def test_the_page_of_commands_names_no_option_that_its_command_lacks() -> None:
    for name, row in re.findall(r"^\| `hpsearch (\w+)(.*)$", TEXTS["commands.md"], re.M):
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        known = {option for param in command.params for option in param.opts}
        assert {*re.findall(r"(?<![\w-])--[a-z-]+", row)} - {"--help"} <= known, name


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_config_is_valid(path: Path) -> None:
    assert load_config(path).space.searched


@pytest.mark.parametrize(("page", "text"), CONFIGS, ids=[page for page, _ in CONFIGS])
def test_every_config_that_a_page_shows_is_valid(page: str, text: str, tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "configs", tmp_path / "configs")
    with (folder / "flowers.csv").open("w", newline="") as file:
        rows = ([n % 7 + n % 3, n % 5, "abc"[n % 3]] for n in range(60))
        csv.writer(file).writerows([["length", "width", "species"], *rows])
    for name, content in files_of(TEXTS[page]).items():
        (folder / name).write_text(content, encoding="utf-8")
    path = folder / "shown.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_config(path).space.searched


def test_a_mistake_is_told_as_the_page_of_the_config_shows(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```\n(flowers.yaml:.*?)```", TEXTS["config.md"], re.S)
    right = "loguniform(1e-4, 1) # 10^r, r uniform: a quarter of the draws in each decade"
    text = files_of(TEXTS["README.md"])["flowers.yaml"]
    assert right in text
    (tmp_path / "flowers.yaml").write_text(text.replace(right, "loguniform(0, 1)"))
    (tmp_path / "flowers.csv").write_text("length,species\n" + "1,a\n2,b\n" * 20)
    with pytest.raises(ConfigError) as told:
        load_config(tmp_path / "flowers.yaml")
    assert shown in str(told.value).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#([^)]*))?\)", path.read_text(encoding="utf-8"))
    local = [link for link, _ in links if "://" not in link]
    assert local
    assert [link for link in local if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_into_a_page_leads_to_a_heading(path: Path) -> None:
    for link, anchor in re.findall(r"\]\(([^)#]*\.md)?#([^)]+)\)", path.read_text(encoding="utf-8")):
        there = (path.parent / link if link else path).read_text(encoding="utf-8")
        headings = [re.sub(r"[^\w\- ]", "", line.strip().lower()) for line in re.findall("^#+ (.*)$", there, re.M)]
        assert anchor in [heading.replace(" ", "-") for heading in headings], (link, anchor)


@pytest.mark.parametrize("page", TEXTS)
def test_every_file_of_ours_that_a_page_names_is_there(page: str) -> None:
    named = re.findall(r"\b(?:tests|docs|configs|hpsearch|tools)/[\w/-]+\.(?:py|ya?ml|md|svg|sh|c)\b", TEXTS[page])
    assert named or page not in ("README.md", "architecture.md")
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_walk_goes_through_every_room() -> None:
    walk = TEXTS["architecture.md"]
    rooms = [path.name for path in (ROOT / "hpsearch").iterdir() if (path / "__init__.py").exists()]
    assert [room for room in rooms if not re.search(rf"hpsearch/{room}[/)]", walk)] == []


def test_what_contributing_says_of_each_kind_is_there() -> None:
    section = TEXTS["CONTRIBUTING.md"].split("## What can be added")[1].split("And without")[0]
    suites = re.findall(r"`(check_\w+)`", section)
    assert {*suites} == {name for name in vars(hpsearch.testing) if name.startswith("check_")}
    toys = (ROOT / "tests/testing/test_toys.py").read_text(encoding="utf-8")
    named = [
        name
        for row in re.findall(r"^\|.*\|$", section, re.M)[2:]
        for name in re.findall(r"`(\w+)`", row.split("|")[-2])
    ]
    assert len(named) >= 5
    assert [name for name in named if not re.search(rf"^(class {name}\b|{name} =|    def {name}\()", toys, re.M)] == []
    for name, page in re.findall(r"`([A-Z_]{5,})` of \[[^]]*\]\(\.\./([^)]*)\)", TEXTS["CONTRIBUTING.md"]):
        assert re.search(rf"^{name}\b", (ROOT / page).read_text(encoding="utf-8"), re.M), name


def test_a_version_is_the_same_wherever_it_stands_and_its_changes_come_first() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(r"^## (\S+?),? ", TEXTS["CHANGELOG.md"], re.M)
    assert newest is not None
    assert project["version"] == hpsearch.__version__ == newest[1]
    assert [name for name in project["license-files"] if not (ROOT / name).read_text().startswith("MIT License")] == []


def test_the_site_has_every_page() -> None:
    site = yaml.safe_load((ROOT / "tools/site.yml").read_text(encoding="utf-8"))
    shown = {page for entry in site["nav"] for page in _pages(entry)}
    assert shown == {"index.md", *TEXTS} - {"README.md"}


def _pages(entry: object) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    values = entry.values() if isinstance(entry, dict) else entry
    return [page for value in values for page in _pages(value)]


def test_links_of_the_site_lead_to_pages_and_to_copies_of_other_files() -> None:
    linked = module("tools/site.py").linked
    assert linked("[a](docs/config.md#parameters) ![b](docs/report.svg)", ROOT) == (
        "[a](config.md#parameters) ![b](report.svg)"
    )
    text = "[c](../hpsearch/nn/kernel.c) [d](config.md) [e](https://example.org/x#y) [f](#here)"
    assert linked(text, ROOT / "docs") == text.replace("../hpsearch/nn/kernel.c", "source/hpsearch/nn/kernel.c.txt")
