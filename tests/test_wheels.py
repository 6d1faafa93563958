"""The wheels of a release: what they are for, what they are called, and that what is wrong with one is seen."""

import sys

import pytest
from packaging.tags import mac_platforms, sys_tags

from hpsearch.nn import kernel
from tools.kernel import TARGETS, VARIANTS, elsewhere, here, variants, zig


def test_the_variants_that_are_compiled_are_those_that_are_called():
    assert {machine: tuple(every) for machine, every in VARIANTS.items()} == {"x86_64": kernel.VARIANTS}
    assert tuple(variants("aarch64-linux-musl")) == kernel.VARIANTS[:1]


@pytest.mark.skipif(not any(target.startswith(here()) for target in TARGETS), reason=f"no wheel is for {here()}")
def test_pip_takes_the_wheel_of_this_machine():
    tag = next(tag for target, tag in TARGETS.items() if target.startswith(here()))
    assert f"py3-none-{tag}" in map(str, sys_tags())


@pytest.mark.parametrize("machine", ["x86_64", "arm64"])
def test_pip_takes_the_wheel_of_a_mac(machine):
    assert set(TARGETS.values()) & set(mac_platforms((14, 0), machine))


def test_a_target_that_is_none_is_named_with_those_that_are(monkeypatch):
    monkeypatch.setenv("HPSEARCH_TARGET", "vax-vms")
    with pytest.raises(ValueError, match=r"^HPSEARCH_TARGET needs to be one of .*win.*; got 'vax-vms'$"):
        elsewhere()


@pytest.fixture(scope="module")
def wheels():
    for name in ("lief", "ziglang"):
        pytest.importorskip(name, reason=f"no {name} here: pip install -e '.[wheels]'")
    from tools import wheels

    return wheels


def test_a_wheel_for_another_machine_has_what_is_called_there(wheels, tmp_path):
    made = wheels.built("aarch64-linux-musl", tmp_path)
    assert made.name.endswith("-py3-none-musllinux_1_2_aarch64.whl")
    assert "KiB" in wheels.checked("aarch64-linux-musl", made)


def test_a_wheel_of_another_name_is_refused(wheels, tmp_path):
    made = wheels.built("aarch64-linux-musl", tmp_path)
    with pytest.raises(wheels.WheelError, match="not a supported wheel"):
        wheels.checked("aarch64-linux-gnu.2.17", made)


def test_what_is_wrong_with_a_library_is_seen(wheels, tmp_path):
    source, library = tmp_path / "some.c", tmp_path / "some.so"
    source.write_text(
        "#include <math.h>\nint hpsearch_variant(void) { return 0; }\ndouble f(double x) { return exp(x); }"
    )
    wheels.called([*zig("aarch64-linux-gnu.2.34"), "-O1", "-shared", source, "-o", library, "-lm"])
    found = list(wheels.faults("x86_64-linux-gnu.2.17", wheels.lief.parse(str(library))))
    assert len(found) == 4
    assert "for ARM64" in found[0]
    assert "alone has f, hpsearch_train_avx2, hpsearch_train_avx512, hpsearch_train_base" in found[1]
    assert "needs libm.so.6" in found[2]
    assert "needs version (2, 29)" in found[3]


@pytest.mark.skipif(sys.platform != "linux", reason="emulators are for Linux alone")
def test_what_cannot_be_run_is_said_with_what_is_missing(wheels, monkeypatch):
    monkeypatch.setenv("PATH", "")
    for machine, system in [("riscv64", "linux-gnu"), ("x86_64", "windows-gnu"), ("aarch64", "macos")]:
        with pytest.raises(OSError, match=r"^no .* here$"):
            wheels.runner(machine, system)
