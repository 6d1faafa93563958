"""Makes a website of README and docs/: a hook of `mkdocs build --strict -f tools/site.yml`, which rewrites links alone.

README is the first page; what a page links outside of docs/ comes along as text, under source/.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_LINK = re.compile(r"\]\(([^):#]+)((?:#[^)]*)?)\)")


def on_files(files: "Files", config: "MkDocsConfig") -> "Files":
    """Add README, and every file outside of docs/ that a page links."""
    from mkdocs.structure.files import File

    pages = {DOCS: sorted(DOCS.glob("*.md")), ROOT: [ROOT / "README.md"]}
    for path in sorted({path for folder, texts in pages.items() for text in texts for path in _outside(text, folder)}):
        files.append(File.generated(config, _source(path), content=path.read_text(encoding="utf-8")))
    readme = linked((ROOT / "README.md").read_text(encoding="utf-8"), ROOT)
    files.append(File.generated(config, "index.md", content=readme))
    return files


def on_page_markdown(markdown: str, page: "Page", config: "MkDocsConfig", files: "Files") -> str:  # noqa: ARG001
    """The page with its links as they are on the site."""
    return markdown if page.file.src_uri == "index.md" else linked(markdown, DOCS)


def on_page_content(html: str, page: "Page", config: "MkDocsConfig", files: "Files") -> str:  # noqa: ARG001
    """The page without the backslash of a bar in code in a table, which GitHub takes away and Python-Markdown shows."""
    return html.replace("\\|", "|")


def linked(text: str, folder: Path) -> str:
    """A page that stands in a folder, with the links that lead where its files are on the site."""
    return _LINK.sub(lambda found: f"]({_place(folder / found[1])}{found[2]})", text)


def _place(path: Path) -> str:
    path = path.resolve()
    return path.relative_to(DOCS).as_posix() if path.is_relative_to(DOCS) else _source(path)


def _source(path: Path) -> str:
    return f"source/{path.relative_to(ROOT).as_posix()}.txt"


def _outside(page: Path, folder: Path) -> list[Path]:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    paths = [(folder / link).resolve() for link, _ in links]
    return [path for path in paths if not path.is_relative_to(DOCS)]
