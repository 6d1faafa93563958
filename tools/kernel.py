"""Compiles the networks' kernel into a shared library: a hook of `pip install`, by whatever C compiler there is.

Where there is none, the build asks for ziglang, a whole C compiler in a wheel. Where nothing compiles it, hpsearch is
installed without, trains in NumPy and says why. $HPSEARCH_TARGET, one of TARGETS, builds a wheel for another machine
by ziglang; `python -m tools.wheels` builds and checks them all.
"""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("hpsearch/nn/kernel.c")
LIBRARY = Path("hpsearch/nn/_kernel.so")
FLAGS = ("-std=gnu11", "-O3", "-fPIC", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math")
VARIANTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "x86_64": {
        "base": (),
        "avx2": ("-mavx2", "-mfma"),
        "avx512": ("-mavx512f", "-mavx2", "-mfma", "-mprefer-vector-width=512"),
    }
}
"""Machine -> variant -> what lets the compiler use it."""

_ALONE: Mapping[str, Sequence[str]] = {"base": ()}
"""The variants of every other machine."""

TARGETS: Mapping[str, str] = {
    "x86_64-linux-gnu.2.17": "manylinux_2_17_x86_64",
    "aarch64-linux-gnu.2.17": "manylinux_2_17_aarch64",
    "riscv64-linux-gnu.2.31": "manylinux_2_31_riscv64",
    "x86_64-linux-musl": "musllinux_1_2_x86_64",
    "aarch64-linux-musl": "musllinux_1_2_aarch64",
    "riscv64-linux-musl": "musllinux_1_2_riscv64",
    "x86_64-macos.10.9": "macosx_10_9_x86_64",
    "aarch64-macos.11.0": "macosx_11_0_arm64",
    "x86_64-windows-gnu": "win_amd64",
    "aarch64-windows-gnu": "win_arm64",
}
"""What wheels are released for, as ziglang calls it -> as pip does."""


def compiler() -> list[str] | None:
    """The words that call the C compiler of this machine: $CC, cc, gcc or clang; None where there is none."""
    given = os.environ.get("CC", "").split()
    return given or next(([name] for name in ("cc", "gcc", "clang") if shutil.which(name)), None)


def here() -> str:
    """This machine as such, not its very processor, as ziglang calls it."""
    name = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(name, name)
    system = {"Darwin": "macos", "Windows": "windows-gnu"}.get(platform.system(), "linux-gnu")
    if "musl" in str(sysconfig.get_config_var("SOABI")):
        system = "linux-musl"
    return f"{machine}-{system}"


def elsewhere() -> str | None:
    """The one of TARGETS that $HPSEARCH_TARGET names; None where it is not set: the build is for this machine.

    Raises:
        ValueError: it is none of them.
    """
    name = os.environ.get("HPSEARCH_TARGET")
    if name and name not in TARGETS:
        raise ValueError(f"HPSEARCH_TARGET needs to be one of {', '.join(TARGETS)}; got {name!r}")
    return name or None


def variants(target: str) -> Mapping[str, Sequence[str]]:
    """The variants of the target's machine, as in VARIANTS."""
    return VARIANTS.get(target.partition("-")[0], _ALONE)


def words(command: Sequence[str], target: str, variant: str, *, first: bool) -> list[str]:
    """What compiles a variant; `first`: whether it is to have the function that chooses among them."""
    own = (f"-DNAME(x)=hpsearch_##x##_{variant}", *(["-DFIRST"] if first else []))
    return [*command, *FLAGS, *variants(target)[variant], *own, str(SOURCE)]


def build(command: Sequence[str], target: str, made: Path) -> None:
    """Compile every variant for the target's machine, and link them into one library.

    Raises:
        OSError, subprocess.CalledProcessError: the compiler is not there, or does not take it.
    """
    with TemporaryDirectory() as place:
        objects = {name: str(Path(place) / f"{name}.o") for name in variants(target)}
        for process in [
            subprocess.Popen(  # noqa: S603
                [*words(command, target, name, first=name == "base"), "-c", "-o", compiled],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            for name, compiled in objects.items()
        ]:
            said, _ = process.communicate()
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, process.args, said)
        # By its bare name, which macOS writes into it.
        link = [*command, "-shared", *objects.values(), "-o", LIBRARY.name]
        subprocess.run(link, check=True, capture_output=True, cwd=place)  # noqa: S603
        shutil.copyfile(Path(place) / LIBRARY.name, made)


class KernelHook(BuildHookInterface):  # type: ignore[type-arg,misc]  # hatchling's own builders are not typed
    """Adds the library to the wheel, which then is one for this platform and for every Python."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What building needs here."""
        return [] if compiler() and not elsewhere() else ["ziglang"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, or leave the reason why not where the library would be; in the sources only for `pip install -e`."""
        if self.target_name != "wheel":
            return
        os.chdir(self.root)
        target = elsewhere()
        tag = TARGETS[target] if target else sysconfig.get_platform().replace("-", "_").replace(".", "_")
        self.place = TemporaryDirectory()
        made = Path(self.place.name) / LIBRARY.name
        try:
            build((None if target else compiler()) or zig(target or here()), target or here(), made)
        except (OSError, subprocess.CalledProcessError) as err:
            made = made.with_suffix(".txt")
            made.write_text(f"it could not be compiled: {_reason(err)}", encoding="utf-8")
        else:
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{tag}"
        if version == "editable":
            for old in (LIBRARY, LIBRARY.with_suffix(".txt")):
                old.unlink(missing_ok=True)
            shutil.copyfile(made, LIBRARY.with_suffix(made.suffix))
        else:
            build_data["force_include"][str(made)] = str(LIBRARY.with_suffix(made.suffix))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Clear up."""
        if self.target_name == "wheel":
            self.place.cleanup()


def _reason(err: OSError | subprocess.CalledProcessError) -> str:
    if isinstance(err, OSError):
        return str(err)
    said = (err.stdout or err.stderr or b"").decode(errors="replace").strip()
    return f"`{err.cmd[0]}` ended with exit code {err.returncode} {said[:300]}".strip()


def zig(target: str) -> list[str]:
    """The words that call ziglang's compiler for a machine as such."""
    if find_spec("ziglang") is None:
        raise OSError(
            "there is no ziglang here, and no C compiler (cc, gcc, clang) that is asked first for this machine"
        )
    return [sys.executable, "-m", "ziglang", "cc", "-s", "-target", target]
