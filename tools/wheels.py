"""Builds a wheel for every target, and checks each: `python -m tools.wheels`.

hatchling builds each by the hook of kernel.py, as pip would there. Then pip unpacks it for its platform; its library is
read: for its machine, with the functions that hpsearch/nn/kernel.py calls and no others, needing nothing but libc, of
no later version than the wheel's name promises. Where this machine can run it, itself or by qemu or wine, it trains the
networks of tests/nn/golden.py; where not, what is missing is said.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

import lief

from tests.nn.emulated import DRIVER, differing, emulator, runnable
from tools.kernel import LIBRARY, TARGETS, here, variants, zig

lief.logging.disable()
MACHINES = {"x86_64": "X86_64", "aarch64": "ARM64", "riscv64": "RISCV"}
"""As ziglang calls them -> as lief does."""
SYSTEMS = {
    "linux-gnu": ["libc.so.6"],
    "linux-musl": ["libc.so"],
    "macos": [LIBRARY.name, "/usr/lib/libSystem.B.dylib"],  # itself is the first
    "windows-gnu": ["KERNEL32.dll", "api-ms-win-crt-*.dll"],
}
"""System -> the libraries that are always there."""
GOLDEN = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop()); runpy.run_module('tests.nn.golden', run_name='__main__')"
)
"""Compares by the hpsearch in a directory; fails where a number differs."""


def main() -> int:
    """Build and check; 1 where a wheel is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tools.wheels", description="Build a wheel for every target.")
    parser.add_argument("directory", nargs="?", default="dist", type=Path, help="where they go (default: dist)")
    parser.add_argument("--target", action="append", choices=TARGETS, help="this one alone; may be repeated")
    options = parser.parse_args()
    targets, wrong = options.target or list(TARGETS), 0
    for target in targets:
        try:
            said = checked(target, built(target, options.directory.resolve()))
        except WheelError as err:
            said, wrong = f"WRONG: {err}", wrong + 1
        print(f"{TARGETS[target]:<24}{said}", flush=True)
    print(f"{len(targets)} wheels in {options.directory}, {wrong} of them wrong")
    return int(wrong > 0)


class WheelError(Exception):
    """A wheel is not as it should be."""


def called(words: Sequence[str | Path], **environment: str) -> str:
    """What a program prints; WheelError with its last words where it failed."""
    done = subprocess.run(words, env={**os.environ, **environment}, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise WheelError(f"`{words[0]} ... {words[-1]}`: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout


def built(target: str, directory: Path) -> Path:
    """The wheel for a target."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        called([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place], HPSEARCH_TARGET=target)
        (wheel,) = Path(place).iterdir()
        return Path(shutil.copy(wheel, directory))


def checked(target: str, wheel: Path) -> str:
    """What is fine with a wheel, and what could not be tried."""
    with tempfile.TemporaryDirectory() as place:
        install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", place]
        called([*install, "--only-binary", ":all:", "--platform", TARGETS[target], wheel])
        library = Path(place) / LIBRARY
        if not library.exists():
            raise WheelError(library.with_suffix(".txt").read_text(encoding="utf-8"))
        if not wheel.stem.endswith(f"-py3-none-{TARGETS[target]}"):
            raise WheelError(f"it is called {wheel.name}")
        for fault in faults(target, lief.parse(str(library))):
            raise WheelError(fault)
        return f"{wheel.stat().st_size // 1024:>5} KiB  {ran(target, library)}"


def parts(target: str) -> tuple[str, str]:
    """The machine and the system of a target, without the system's version."""
    machine, _, system = re.sub(r"(\.\d+)+$", "", target).partition("-")
    return machine, system


def faults(target: str, library: lief.Binary) -> Iterator[str]:
    """What is wrong with a library for a target."""
    machine, system = parts(target)
    if (found := library.abstract.header.architecture.name) != MACHINES[machine]:
        yield f"it is for {found}, and ought to be for {MACHINES[machine]}"
    names = {entry.name for entry in library.exported_functions}
    if system == "macos":  # where a C name has a _ before it, and the linker's own have two
        names = {name[1:] for name in names if not name.startswith("__")}
    called = {"hpsearch_variant", *(f"hpsearch_train_{variant}" for variant in variants(target))}
    if names != called:
        yield f"of its functions and those that kernel.py calls, one side alone has {', '.join(sorted(names ^ called))}"
    needed = [entry if isinstance(entry, str) else entry.name for entry in library.libraries]
    if other := [name for name in needed if not any(fnmatch(name, known) for known in SYSTEMS[system])]:
        yield f"it needs {', '.join(other)}, which is no part of the system"
    promised = tuple(map(int, re.findall(r"(?<=_)\d+(?=_)", TARGETS[target])))
    if (version := needed_version(library)) > promised:
        yield f"it needs version {version} of its system, and its name promises {promised}"


def needed_version(library: lief.Binary) -> tuple[int, ...]:
    """Of glibc or macOS, the earliest that has all that a library needs; () where it says none."""
    if isinstance(library, lief.ELF.Binary):
        needs = (name.name for entry in library.symbols_version_requirement for name in entry.get_auxiliary_symbols())
        versions = [tuple(map(int, name[6:].split("."))) for name in needs if name.startswith("GLIBC_")]
        return max(versions, default=())
    if isinstance(library, lief.MachO.Binary):
        return tuple(library.build_version.minos if library.build_version else library.version_min.version)[:2]
    return ()


def runner(machine: str, system: str) -> list[str]:
    """The words before a program that loads a library of another system's; OSError: what is missing."""
    if system == "windows-gnu":
        if not here().startswith(f"{machine}-linux") or not shutil.which("wine"):
            raise OSError(f"no wine for {machine} here")
        os.environ.setdefault("WINEDEBUG", "-all")  # it tells what is not done yet
        return ["wine"]
    if not system.startswith("linux"):
        raise OSError(f"no {system} here")
    words = emulator(machine)
    root = Path(f"/usr/{machine}-{system}" if words else "/")
    if not any(root.glob("lib*/ld-musl-*" if system == "linux-musl" else "lib*/ld-linux-*")):
        raise OSError(f"no {system} loader in {root / 'lib'} here")
    return [*words, "-L", str(root)] if words else []


def ran(target: str, library: Path) -> str:
    """How the golden trainings went by a library; WheelError where a number differs."""
    machine, system = parts(target)
    try:
        words = [] if target.startswith(here()) else runner(machine, system)
    except OSError as err:
        return f"not run: {err}"
    for variant in runnable(machine):
        if target.startswith(here()):
            called([sys.executable, "-c", GOLDEN, library.parents[2]], HPSEARCH_KERNEL=variant)
            continue
        program = library.with_name("driver.exe")
        links = ["-dynamic", "-ldl"] if system.startswith("linux") else []
        called([*zig(target), "-O1", DRIVER, "-o", program, *links])
        try:
            different = differing([*words, str(program), str(library), f"hpsearch_train_{variant}"])
        except subprocess.CalledProcessError as err:
            raise WheelError(f"{variant}: {err}") from None
        if different:
            raise WheelError(f"{variant}: {different} networks differ from the golden ones")
    how = f"by {Path(words[0]).name}" if words else "by this processor"
    return f"the same bits {how}: {' '.join(runnable(machine))}"


if __name__ == "__main__":
    sys.exit(main())
