"""A mistake of our own: what is said, and what is kept of it; and --debug."""

from pathlib import Path

import pytest


@pytest.fixture
def broken(cli, monkeypatch):
    def raises(*_args, **_more):
        raise KeyError("of \x1b[31m our own")

    monkeypatch.setattr("hpsearch.views.listing.print_runs", raises)
    return cli


def test_it_is_kept_in_a_file_that_can_be_sent(broken):
    outcome = broken("ls")
    assert outcome.code == 70
    (file,) = Path().glob("hpsearch-error-*.txt")
    assert file.name in outcome.err
    assert "\x1b" not in outcome.err
    assert "Traceback (most recent call last)" not in outcome.err
    text = file.read_text()
    assert "Traceback (most recent call last)" in text
    assert "called with: 'ls'" in text
    assert "numpy" in text


def test_where_nothing_can_be_written_it_is_said_whole(broken, monkeypatch):
    monkeypatch.setattr(Path, "write_text", lambda *_a, **_k: (_ for _ in ()).throw(OSError("full")))
    assert "Traceback (most recent call last)" in broken("ls").err


def test_debug_says_what_the_engine_decides(finished, small: Path, caplog):
    outcome = finished("run", str(small), "--add", "2", "--debug")
    assert outcome.code == 0
    said = caplog.text
    assert "trial 9 begins" in said
    assert "trial 10 is complete after" in said
    assert "is taken up again" in said


@pytest.fixture(autouse=True)
def quiet_again():
    import logging

    yield
    logging.getLogger("hpsearch").setLevel(logging.NOTSET)
