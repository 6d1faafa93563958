"""Metrics in lines of text, as programs of all kinds print them."""

import io
import math
import re
import signal
import time
from pathlib import Path

import pytest

from hpsearch.objectives.command.lines import LONGEST_LINE, LineSplitter
from hpsearch.objectives.command.output import LineReader
from hpsearch.objectives.command.text import SlowPatternError
from tests.objectives.conftest import reports

ALARMS = (signal.SIGALRM, signal.SIGVTALRM)

LINES = {
    b"score=0.5": ({"score": 0.5}, None),
    b"epoch 3: score=0.5 loss: 1e-3": ({"score": 0.5, "loss": 1e-3}, 3),
    b"Epoch 3/10 - loss: 0.31 - score: .25": ({"loss": 0.31, "score": 0.25}, 3),
    b"[step 40] score = -2.5E+3": ({"score": -2500.0}, 40),
    b'{"epoch": 2, "score": 0.75, "name": "x", "ok": true}': ({"score": 0.75}, 2),
    b'{"val": {"score": 1}, "step": 7}': ({"val.score": 1.0}, 7),
    b"{'epoch': 2, 'score': np.float64(0.5)}": ({"score": 0.5}, 2),
    b"score: tensor(0.5, requires_grad=True)": ({"score": 0.5}, None),
    b"eval/loss=0.1, val-acc: 93%": ({"eval/loss": 0.1, "val-acc": 93.0}, None),
    b"score: \x1b[32m0.5\x1b[0m": ({"score": 0.5}, None),
    b"score=inf": ({"score": float("inf")}, None),
    b"INFO SCORE: 0.5": ({"SCORE": 0.5, "score": 0.5}, None),
    b"time: 12:30:45 date: 2024-01-01 took: 5s": ({}, None),
    b"no metric here": ({}, None),
    b"\xff\xfe score=0.5 \x80": ({"score": 0.5}, None),
    "précision: 0.5, score=1".encode("latin-1"): ({"pr\ufffdcision": 0.5, "score": 1.0}, None),
    b"version=1.2.3": ({}, None),
}


@pytest.mark.parametrize("line", LINES)
def test_metrics_are_found_in_a_line(line: bytes) -> None:
    assert LineReader("score").read(line) == LINES[line]


def test_a_ranked_metric_with_spaces_in_its_name_is_found_by_its_exact_name() -> None:
    values, _ = LineReader("top 1").read(b"top 1: 0.5 top 5: 0.9")
    assert values["top 1"] == 0.5


def test_a_pattern_takes_named_groups_and_nothing_else_counts() -> None:
    reader = LineReader("acc", r"Epoch (?P<epoch>\d+) .*acc (?P<acc>\S+)")
    assert reader.read(b"Epoch 4 loss=1 acc 0.5,") == ({"acc": 0.5}, 4)
    assert reader.read(b"acc=0.7") == ({}, None)
    assert LineReader("acc", r"-> (\S+)").read(b"-> 0.5") == ({"acc": 0.5}, None)
    assert LineReader("acc", r"-> (\S+)").read(b"-> n/a") == ({}, None)


def test_a_pattern_that_takes_too_long_on_a_line_says_so_and_leaves_other_alarms_alone(monkeypatch) -> None:
    monkeypatch.setattr("hpsearch.objectives.command.output.PATTERN_SECONDS", 0.2)
    rung: list[int] = []
    before = [signal.signal(number, lambda number, _: rung.append(number)) for number in ALARMS]
    try:
        signal.setitimer(signal.ITIMER_REAL, 60)
        signal.setitimer(signal.ITIMER_VIRTUAL, 60)
        with pytest.raises(SlowPatternError, match=r"command.pattern takes more than 0.2 s on a line of 41 characters"):
            LineReader("acc", r"(?P<acc>(\d+)+$)").read(b"1" * 40 + b"x")
        assert [signal.getitimer(timer)[0] > 50 for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL)] == [
            True,
            True,
        ]
        signal.raise_signal(signal.SIGVTALRM)
        assert rung == [signal.SIGVTALRM]
    finally:
        for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL):
            signal.setitimer(timer, 0)
        for number, handler in zip(ALARMS, before, strict=True):
            signal.signal(number, handler)


def test_what_a_pattern_finds_is_read_as_all_numbers_are() -> None:
    assert LineReader("acc", r"-> (\S+)").read(b"-> 0,5") == ({"acc": 0.5}, None)
    assert LineReader("acc", r"acc:\S+\+(?P<acc>\S+)").read(b"[1]\tacc:0.5+0.1") == ({"acc": 0.1}, None)
    reader = LineReader("acc", r"-> (\S+)")
    assert reader.read(b"-> 1,234") == ({}, None)
    assert "1,234" in str(reader.unread)


def test_a_file_that_is_named_after_the_metric_is_no_report() -> None:
    reader, found = reports("loss: 0.5⏎saved loss=0.31.ckpt⏎epoch=3-loss=0.3.ckpt", "loss")
    assert (reader.unread, found) == (None, [(0.5, None)])


def test_a_line_of_json_that_breaks_off_is_not_half_read() -> None:
    assert reports('{"train": {"loss": 0.9}, "loss": 0.', "loss")[1] == []


def split(data: bytes, piece: int = 7) -> list[bytes]:
    """The lines of data that arrive in pieces."""
    file, lines = io.BytesIO(), []
    splitter = LineSplitter(file, lines.append, lambda text: b"unwanted" not in text)
    for start in range(0, len(data), piece):
        at = file.tell()
        file.seek(0, io.SEEK_END)
        file.write(data[start : start + piece])
        file.seek(at)
        splitter.read()
    splitter.finish()
    return lines


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_lines_end_with_any_newline_or_with_the_output(piece: int) -> None:
    assert split(b"one\ntwo\r\nthree\rfour\n\nfive", piece) == [b"one", b"two", b"three", b"four", b"five"]


def test_floods_without_a_metric_are_passed_over_and_what_follows_is_read() -> None:
    assert split(b"unwanted\n" * 1000 + b"x" * 200_000 + b"\nscore=1", 9000)[-1] == b"score=1"


def test_a_line_of_megabytes_is_whole_and_an_endless_one_is_passed_over() -> None:
    lines = split(b"x" * 1_000_000 + b"=\n" + b"y" * (LONGEST_LINE + 1) + b"\nscore=1\n", 300_000)
    assert [len(line) for line in lines] == [1_000_001, 7]
    assert lines[1] == b"score=1"


def test_the_end_of_a_file_begins_with_a_whole_line() -> None:
    lines: list[bytes] = []
    splitter = LineSplitter(io.BytesIO(b"val_score=1\nscore=2\n"), lines.append, lambda _: True)
    splitter.begin_at_last(16)
    splitter.finish()
    assert lines == [b"score=2"]


def documented() -> list[tuple[str, str, str]]:
    """The rows of the table of docs/output.md."""
    text = (Path(__file__).parents[2] / "docs" / "output.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (\S+) \|$", text, re.MULTILINE)
    return [
        (metric, re.sub(r"\\x1b", "\x1b", printed).replace("\\r", "\r").replace("\\t", "\t"), read)
        for metric, printed, read in rows
    ]


def test_the_table_of_the_docs_has_rows() -> None:
    assert len(documented()) > 40


@pytest.mark.parametrize(("metric", "printed", "read"), documented())
def test_the_docs_say_what_is_read(metric: str, printed: str, read: str) -> None:
    reader, values = LineReader(metric), {}
    for line in re.split("⏎|\r", printed):
        values |= reader.read(line.encode())[0]
    if read == "fails":
        # As `_judged` has it: what cannot be read last counts for nothing before it.
        assert reader.unread or (metric not in values and reader.hint)
    else:
        assert values[metric] == pytest.approx(float(read), nan_ok=True)
        assert reader.unread is None


@pytest.mark.parametrize("later", ["loss: 0.3", "loss: 1,234"])
def test_what_stands_last_decides_whether_a_metric_is_read(later: str) -> None:
    reader = LineReader("loss")
    reader.read(b"loss: 1,234" if later == "loss: 0.3" else b"loss: 0.3")
    reader.read(later.encode())
    assert (reader.unread is None) == (later == "loss: 0.3")
    if reader.unread is not None:
        assert "'loss: 1,234'" in reader.unread
        assert "command.pattern" in reader.unread


@pytest.mark.parametrize(
    "text",
    [
        b"x" * 65536,
        b"a_" * 32768,
        b"a" * 40 + b"=" * 65000,
        b"step " * 13000,
        b": " * 32000,
        b"1," * 32000,
        b"1 " * 32000,
        b"score=1 " * 8000,
        b" " * 65536,
        b"[" * 65536,
        b"score " * 11000,
        b"{'a': " * 11000,
        b'{"a": ' * 11000,
        b"a." * 32768,
        b"\x1b[" * 32768,
        b"\b" * 65536,
        b"score|" * 11000,
        b",234" * 16000,
    ],
    ids=lambda text: text[:9],
)
def test_no_line_takes_long(text: bytes) -> None:
    begin = time.process_time()
    LineReader("score").read(b"a:" + text)
    LineReader("score").read(b"score: " + text)
    assert time.process_time() - begin < 0.5


@pytest.mark.parametrize(
    "printed",
    [
        *(
            f"loss: 0.1⏎loss: {last}"
            for last in (
                *(
                    "***",
                    "\u221e",
                    "-\u221e",
                    "None",
                    "N/A",
                    "n.a.",
                    "-",
                    "\u2014",
                    "diverged",
                    "failed",
                    "unknown",
                    "...",
                    "[]",
                ),
                *("null, step 3", "None acc: 0.3", "None (diverged)", "[None]", "'none'", "tensor(None)"),
            )
        ),
        "loss 0.1⏎loss None",
        "loss 0.1⏎loss ***",
        "{'loss': 0.1}⏎{'loss': None}",
        '{"loss": 0.1}⏎{"loss": "diverged"}',
        "epoch  loss⏎1  0.1⏎2  ***",
        "epoch,loss⏎1,0.1⏎2,None",
        "| loss | 0.1 |⏎| loss | None |",
        "| loss | 0.1 |⏎| loss | *** |",
        "loss: 0.1⏎loss: diverged!",
        "loss: 0.1⏎loss:",
        "loss: 0.1⏎loss: [",
        "loss: 0.1⏎loss = exploded",
        "loss: 0.1⏎loss: not available",
        "loss: 0.1⏎step 5 loss ***",
        '{"loss": 0.1}⏎{"loss": [0.1, 0.2]}',
        '{"loss": 0.1}⏎{"loss": "bad"}',
        "loss: 0.1⏎loss:⏎  train: 0.3",
    ],
)
def test_a_value_that_could_not_be_computed_leaves_none_of_before(printed: str) -> None:
    assert reports(printed, "loss")[0].unread is not None


@pytest.mark.parametrize(
    "printed",
    [
        "loss: mse⏎loss: 0.1",
        "loss: None⏎loss: 0.1",
        "loss: 0.1⏎val loss: None",
        "epoch  loss⏎1  0.1⏎2  -",
        "epoch,loss⏎1,0.1⏎2,",
    ],
)
def test_what_is_no_report_leaves_the_value_of_before(printed: str) -> None:
    reader, found = reports(printed, "loss")
    assert (reader.unread, found[-1][0]) == (None, 0.1)


@pytest.mark.parametrize(
    "printed",
    [
        "acc: 80%⏎acc: 0.85",
        "acc: 80%⏎acc: 0.85⏎acc: 0.86",
        "acc: 80 percent⏎acc: 0.85",
        "{'acc': '80%'}⏎{'acc': 0.85}",
        "epoch  acc⏎1  80%⏎2  0.85",
        "acc: 3 million⏎acc: 900 thousand",
        "acc: 2.5 s⏎acc: 800 ms",
        "acc: 1.2 M",
        "acc: 900 k, step 3",
        "acc: 3 times",
        "acc: 1 h 30 min",
        "acc: 1 min 30 s",
        "acc: 0.9 - 0.95",
        "acc: 0.9 vs 0.8",
        "acc: 0.9 to 0.8",
        "acc: 45 (of 50)",
        "acc: 45 (out of 50)",
        "acc: 0.9 versus 0.8",
        "acc: 0.9 train / 0.8 test",
        "acc: 0.9+0.1",
        "acc: 80% - 85%",
        "acc: 0.9 \u2026 0.95",
        "acc: 0.9\u20130.95",
        "acc: 0.9 - 0.95 (95% CI)",
        "acc: 2.5 secs⏎acc: 2 mins",
        "acc (%): 80⏎acc: 0.85",
        "acc: 0.9 and 0.8",
        "acc: 900 (x1e-3)",
        "acc: 900 \u00b1 20 ms",
    ],
)
def test_a_value_of_another_unit_or_of_two_numbers_cannot_be_read_for_sure(printed: str) -> None:
    assert reports(printed, "acc")[0].unread is not None


@pytest.mark.parametrize(
    "printed",
    [
        "acc: nan⏎acc: 85%",
        "train acc: 0.8⏎acc: 85%",
        "acc: 80%⏎acc: 85%",
        "acc: 5 s⏎acc: 85 s",
        "acc: 80 - loss: 5⏎acc: 85 - 12s",
        "acc: 85 s=3",
        "acc: 80 min 0.1 max 90⏎acc: 85 min 0.1 max 90",
        "acc: 85 k: 3",
        "acc: 85 M 3",
        "acc: 85 K=3",
        "acc: 80 B/s⏎acc: 85 B/s",
        "acc: 80 it/s⏎acc: 85 it/s",
        "acc: 85 m/s",
        "acc: 85 M.2",
        "acc: 85 K-fold",
        "acc: 85 min: 3",
        "acc: 85 [units]",
    ],
)
def test_one_unit_throughout_says_nothing(printed: str) -> None:
    reader, found = reports(printed, "acc")
    assert (reader.unread, found[-1][0]) == (None, 85)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "k",
            "K",
            "M",
            "G",
            "T",
            "B",
            "Mi",
            "m",
            "u",
            "\u00b5",
            "n",
            "thousand",
            "million",
            "Billion",
            "mn",
            "bn",
            "Mio",
            "lakh",
        ),
        *(
            "ms",
            "us",
            "\u00b5s",
            "\u03bcs",
            "ns",
            "msec",
            "milliseconds",
            "min",
            "mins",
            "minutes",
            "h",
            "hrs",
            "hours",
            "d",
            "days",
        ),
        *(
            "kB",
            "MB",
            "GB",
            "KiB",
            "GiB",
            "mb",
            "gb",
            "MB/s",
            "Gbit/s",
            "Mbps",
            "megabytes",
            "kHz",
            "GHz",
            "cm",
            "mm",
            "km",
            "kg",
        ),
        *(
            "kW",
            "meV",
            "GFLOPS",
            "\u2030",
            "ppm",
            "kcal",
            "ktok/s",
            "mega",
            "in thousands",
            "10^3",
            "s/it",
            "s/step",
            "sec/epoch",
        ),
    ],
)
@pytest.mark.parametrize("form", ["{}", " {}, step 3", "({})", "[{}]", "{}."])
def test_a_unit_that_goes_with_the_size_of_the_value_is_not_passed_over(unit: str, form: str) -> None:
    reader, found = reports(f"acc: 900 {form.format(unit)}", "acc")
    assert found == []
    read = re.sub(r"/(it|step|epoch|s)$|^in ", "", unit)
    assert f"acc is in {read} in 'acc: 900" in str(reader.unread)


@pytest.mark.parametrize("unit", ["ms", "m", "\u00b5s", "k", "GB", "min", "\u2030", "million"])
def test_the_pattern_that_a_failure_names_reads_that_unit_alone(unit: str) -> None:
    reader, _ = reports(f"p99: 3 s, Latency: 5 {unit}", "latency")
    pattern = str(reader.unread).rpartition("command.pattern: ")[2].strip("'")
    for other in {"s", "ms", "msec", "m", "ns", "min", "k", "kB", "M", "GB", "GBit", "millions", unit}:
        values, _ = LineReader("latency", pattern).read(f"latency: 5 {other}".encode())
        assert values == ({"latency": 5} if other == unit else {})


def test_a_pattern_that_ends_in_front_of_such_a_unit_reads_nothing() -> None:
    reader = LineReader("latency", r"latency: (?P<latency>\S+)")
    assert reader.read(b"latency: 1.2 s") == ({"latency": 1.2}, None)
    assert reader.read(b"latency: 900 ms") == ({}, None)
    assert "latency is in ms" in str(reader.unread)
    assert LineReader("latency", r"latency: (\S+) ms").read(b"latency: 900 ms") == ({"latency": 900}, None)


def test_a_name_with_a_colon_and_a_number_is_no_value_of_the_name_before_it() -> None:
    assert LineReader("map").read(b"map: 0.3 mAP@0.5:0.95: 0.44")[0] == {"map": 0.3}
    assert LineReader("mAP@0.5").read(b"mAP@0.5:0.61: 45%|##  | 5/9")[0] == {"mAP@0.5": 0.61}


def test_another_metric_in_such_a_unit_is_left_out() -> None:
    assert reports("acc=0.5 time=900 ms memory=1.2 GB seconds=2.5 s", "acc")[1] == [(0.5, None)]
    assert LineReader("acc").read(b"acc=0.5 time=900 ms memory=1.2 GB seconds=2.5 s")[0] == {"acc": 0.5, "seconds": 2.5}


@pytest.mark.parametrize(
    "printed", ["[{'acc': 0.9}, {'acc': 0.3}]", '{"a": 1}{"acc": 0.3}{"acc": 0.1}', "acc: 0.9, acc: 0.3"]
)
def test_two_values_on_one_line_are_not_read(printed: str) -> None:
    reader, found = reports(printed, "acc")
    assert reader.unread is not None
    assert found == []


def test_what_is_said_to_be_nan_is_the_last_value() -> None:
    reader, found = reports("loss: 0.1⏎Loss is nan, stopping", "loss")
    assert reader.unread is None
    assert math.isnan(found[-1][0])


def test_a_word_before_the_first_value_is_a_setting() -> None:
    reader, found = reports("loss: mse⏎loss: 0.1", "loss")
    assert (reader.unread, found) == (None, [(0.1, None)])
    assert not reports("loss: mse", "loss")[0].found


def test_a_metric_of_a_mapping_within_another_one_has_another_name() -> None:
    assert reports('{"a": {"acc": 0.8}}{"b": {"acc": 0.2}}', "acc")[1] == []
