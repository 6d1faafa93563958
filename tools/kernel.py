"""Compiles the networks' kernel into a shared library: a hook of `pip install`, by whatever C compiler there is.

Where there is none, the build asks for ziglang, a whole C compiler in a wheel. Where nothing compiles it, hpsearch is
installed without, trains in NumPy and says why.
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


def compiler() -> list[str] | None:
    """The words that call the C compiler of this machine: $CC, cc, gcc or clang; None where there is none."""
    given = os.environ.get("CC", "").split()
    return given or next(([name] for name in ("cc", "gcc", "clang") if shutil.which(name)), None)


def machine() -> str:
    """The processor's kind, as compilers call it."""
    name = platform.machine().lower()
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(name, name)


def words(command: Sequence[str], variant: str, *, first: bool) -> list[str]:
    """What compiles a variant; `first`: whether it is to have the function that chooses among them."""
    own = (f"-DNAME(x)=hpsearch_##x##_{variant}", *(["-DFIRST"] if first else []))
    return [*command, *FLAGS, *VARIANTS.get(machine(), _ALONE)[variant], *own, str(SOURCE)]


def build(command: Sequence[str], target: Path) -> None:
    """Compile every variant for this machine, and link them into one library.

    Raises:
        OSError, subprocess.CalledProcessError: the compiler is not there, or does not take it.
    """
    with TemporaryDirectory() as place:
        objects = {name: str(Path(place) / f"{name}.o") for name in VARIANTS.get(machine(), _ALONE)}
        for process in [
            subprocess.Popen(  # noqa: S603
                [*words(command, name, first=name == "base"), "-c", "-o", made],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            for name, made in objects.items()
        ]:
            said, _ = process.communicate()
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, process.args, said)
        linked = Path(place) / "library"
        subprocess.run([*command, "-shared", *objects.values(), "-o", str(linked)], check=True, capture_output=True)  # noqa: S603
        shutil.copyfile(linked, target)


class KernelHook(BuildHookInterface):  # type: ignore[type-arg,misc]  # hatchling's own builders are not typed
    """Adds the library to the wheel, which then is one for this platform and for every Python."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What building needs here."""
        return [] if compiler() else ["ziglang"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, or leave the reason why not where the library would be; in the sources only for `pip install -e`."""
        if self.target_name != "wheel":
            return
        os.chdir(self.root)
        self.place = TemporaryDirectory()
        made = Path(self.place.name) / LIBRARY.name
        try:
            build(compiler() or zig(), made)
        except (OSError, subprocess.CalledProcessError) as err:
            made = made.with_suffix(".txt")
            made.write_text(f"it could not be compiled: {_reason(err)}", encoding="utf-8")
        else:
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
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


def zig() -> list[str]:
    """The words that call ziglang's compiler for this machine as such, not for this very processor."""
    if find_spec("ziglang") is None:
        raise OSError("there is no C compiler here (cc, gcc, clang), and no ziglang")
    system = {"Darwin": "macos", "Windows": "windows-gnu"}.get(platform.system(), "linux-gnu")
    if "musl" in str(sysconfig.get_config_var("SOABI")):
        system = "linux-musl"
    return [sys.executable, "-m", "ziglang", "cc", "-s", "-target", f"{machine()}-{system}"]
