"""Lint, format, types and import contracts, so that one command passes or fails for all of them."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
CHECKS = {
    "lint": ["ruff", "check", "--output-format", "concise"],
    "format": ["ruff", "format", "--check"],
    "types": ["mypy"],
    "import contracts": ["lint-imports"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_tree_passes(name: str) -> None:
    program, *options = CHECKS[name]
    path = Path(sys.executable).parent / program
    done = subprocess.run([str(path), *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{name}:\n{done.stdout}{done.stderr}"


def test_no_file_is_left_out_of_lint() -> None:
    command = [str(Path(sys.executable).parent / "ruff"), "check", "--show-files"]
    seen = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    places = [ROOT / name for name in ("hpsearch", "tests", "tools", "docs")]
    assert {str(path) for place in places for path in place.rglob("*.py")} <= {*seen}


def test_a_commit_is_held_to_the_same_checks() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    plain = {name: " ".join(words).replace(" --output-format concise", "") for name, words in CHECKS.items()}
    assert {hook["name"]: hook["entry"] for hook in hooks} == plain
