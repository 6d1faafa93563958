"""Real programs, well-behaved and not: what becomes of them, and that nothing of them is left."""

import os
import resource
import sys
import time
from pathlib import Path

import psutil
import pytest

from hpsearch.errors import WorkerDiedError
from hpsearch.objectives import request_stop
from hpsearch.objectives.command.running import CommandObjective
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.trial import Result, Status
from tests.objectives.conftest import Command, job


def result(objective: CommandObjective, bar: Bar = NO_BAR, **params: object) -> Result:
    (found,) = objective([job(**params)], bar)
    return found


def log(objective: CommandObjective, name: str) -> bytes:
    return (objective.run / "trials" / "1" / name).read_bytes()


def left(objective: CommandObjective) -> list[int]:
    """Processes that carry the mark of the objective's run."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("HPSEARCH_RUN") == str(objective.run) and process.status() != "zombie":
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


def test_the_last_report_is_the_metric_and_all_reports_are_the_curve(command: Command) -> None:
    found = result(command("for e in (1, 2, 3): print(f'epoch {e}: score={e / 4} loss={1 / e}')"))
    assert found.status is Status.COMPLETE
    assert found.metrics == {"score": 0.75, "loss": 1 / 3}
    assert found.curve == {"score": [0.25, 0.5, 0.75], "loss": [1.0, 0.5, 1 / 3]}
    assert found.seconds > 0


def test_steps_that_are_not_1_2_3_are_kept_beside_the_curve(command: Command) -> None:
    found = result(command("for e in (10, 20): print(f'step {e} score={e}')"))
    assert found.curve == {"score": [10, 20], "step": [10, 20]}


def test_epochs_that_begin_with_0_count_from_1(command: Command) -> None:
    found = result(command("for e in (0, 1): print(f'epoch {e} score={e}')"))
    assert found.curve == {"score": [0, 1]}


def test_arguments_and_environment_carry_the_parameters(command: Command) -> None:
    code = """
        import json, os, sys
        assert sys.argv[1:] == ["a b'; $(x)"], sys.argv
        assert json.loads(os.environ["HPSEARCH_PARAMS"]) == {"word": "a b'; $(x)"}
        assert os.environ["HPSEARCH_TRIAL"] == "1" and os.environ["HPSEARCH_SEED"] == "5"
        assert os.path.isdir(os.environ["HPSEARCH_DIR"]) and os.environ["MORE"] == "1 a b'; $(x)"
        print("score=1")
    """
    found = result(command(code, "{word}", environment={"MORE": "{trial} {word}"}), word="a b'; $(x)")
    assert (found.status, found.error) == (Status.COMPLETE, None)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "NaN", "Infinity"])
def test_a_metric_that_is_no_finite_number_is_a_divergence(command: Command, value: str) -> None:
    assert result(command(f"print('score={value}')")).status is Status.DIVERGED


def test_a_metric_that_never_comes_shows_what_was_seen_and_the_last_lines(command: Command) -> None:
    found = result(command("print('loss=1 acc=2'); print('bye')"))
    assert found.status is Status.FAILED
    assert found.error == "no metric score; seen: loss, acc; its last lines: loss=1 acc=2 | bye [R103]"


def test_a_program_that_says_nothing_fails_in_these_words(command: Command) -> None:
    assert result(command("pass")).error == "no metric score; seen: none; it printed nothing [R103]"


def test_an_exit_code_is_a_failure_with_the_last_line_of_stderr_whatever_was_printed(command: Command) -> None:
    found = result(command("import sys; print('score=1'); sys.exit('no such data')"))
    assert (found.status, found.error) == (Status.FAILED, "no such data: exit code 1 [R102]")
    assert found.metrics == {"score": 1.0}


def test_a_memory_error_is_out_of_memory(command: Command) -> None:
    assert result(command("raise MemoryError")).status is Status.OUT_OF_MEMORY


def test_a_program_that_is_not_there_fails(command: Command) -> None:
    objective = command("")
    words = ("/no/such/program",)
    object.__setattr__(objective.program, "line", words)
    assert "cannot be started" in str(result(objective).error)
    assert str(result(objective).error).endswith(" [R106]")


def test_what_is_too_long_for_the_system_fails_with_the_way_out(command: Command) -> None:
    found = result(command("print('score=1')", "--x={x}"), x="y" * 2**18)
    assert found.status is Status.FAILED
    assert "bytes in HPSEARCH_PARAMS" in str(found.error)
    assert "{params_file}" in str(found.error)
    code = "import json, sys; print('score=', len(json.load(open(sys.argv[1]))['x']))"
    assert result(command(code, "{params_file:json}"), x="y" * 2**18).metrics == {"score": 2**18}


def test_output_in_other_encodings_is_kept_byte_by_byte_and_breaks_nothing(command: Command) -> None:
    objective = command(r"import sys; sys.stdout.buffer.write(b'\xff\x00\xfe caf\xe9\nscore=1\n\x80')")
    assert result(objective).metrics == {"score": 1.0}
    assert log(objective, "stdout") == b"\xff\x00\xfe caf\xe9\nscore=1\n\x80"


@pytest.mark.parametrize("line", ["'x' * 2**16", "'score=0.5 ' * 2000 + chr(10)"])
def test_floods_of_output_cost_no_memory(command: Command, line: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = 50 * 2**20 if "x" in line else 10 * 2**20
    objective = command(
        f"import sys\nfor _ in range({size} // len({line})): sys.stdout.write({line})\nprint('\\nscore=1')"
    )
    assert result(objective).metrics["score"] == 1.0
    assert (objective.run / "trials/1/stdout").stat().st_size > size * 0.9
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 * 1024  # KiB


def test_standard_input_is_empty(command: Command) -> None:
    assert result(command("import sys; print('score=', len(sys.stdin.read()))")).metrics == {"score": 0.0}


def test_a_program_that_ignores_sigterm_is_killed_when_its_time_is_up(command: Command, monkeypatch) -> None:
    monkeypatch.setattr("hpsearch.objectives.command.supervision.GRACE", 0.3)
    objective = command("", timeout=0.7)
    # A shell: on a busy machine Python starts too late to ignore anything, and TERM alone would end it.
    script = "trap 'echo ignored' TERM; echo score=1; while :; do sleep 0.05; done"
    object.__setattr__(objective.program, "line", ("sh", "-c", script))
    begin = time.perf_counter()
    found = result(objective)
    assert (found.status, found.error) == (Status.TIMED_OUT, "stopped after 0.7 s")
    assert time.perf_counter() - begin < 5
    assert b"ignored" in log(objective, "stdout")
    assert left(objective) == []


@pytest.mark.parametrize("left_running", [False, True])
def test_time_in_which_all_of_a_trial_is_suspended_does_not_count(command: Command, left_running: bool) -> None:
    """A program that stands still with all that it started has its time yet; with a child that goes on it has not."""
    code = f"""
        import os, signal, subprocess, sys, time
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"], start_new_session={left_running})
        wake = "import os, time; time.sleep(2.5); os.killpg({{}}, 18)".format(os.getpid())
        subprocess.Popen([sys.executable, "-c", wake], start_new_session=True, env={{}})
        print("score=1")
        os.killpg(0, signal.SIGSTOP)
    """
    assert result(command(code, timeout=1.5)).status is (Status.TIMED_OUT if left_running else Status.COMPLETE)


FAMILY = """
    import os, subprocess, sys, time
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    subprocess.Popen(sleeper)                                 # a child
    subprocess.Popen(sleeper, start_new_session=True)         # of another session
    if os.fork() == 0:                                        # a daemon, forked twice
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    print("score=1", flush=True)
"""


def test_all_that_a_program_leaves_running_ends_with_it(command: Command) -> None:
    objective = command(FAMILY)
    begin = time.perf_counter()
    assert result(objective).status is Status.COMPLETE
    assert left(objective) == []
    assert time.perf_counter() - begin < 10


def test_all_that_a_program_started_ends_when_its_time_is_up(command: Command) -> None:
    objective = command(FAMILY + "    time.sleep(60)", timeout=1.5)
    assert result(objective).status is Status.TIMED_OUT
    assert left(objective) == []


def test_a_program_that_is_killed_is_lost_not_failed_so_that_it_is_tried_again(command: Command) -> None:
    objective = command("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(WorkerDiedError, match="SIGKILL"):
        result(objective)


def test_what_a_program_prints_once_it_fell_below_the_bar_does_not_count(command: Command) -> None:
    code = """
        import time
        for e in range(1, 100):
            print(f"epoch {e} score={0.5 if e == 1 else 0.1}" + "\\nscore=9" * (e == 3))
            time.sleep(0.05)
    """
    objective = command(code)
    found = result(objective, Bar((1, 3), (0.4, 0.6)))
    assert found.status is Status.STOPPED
    assert found.fell == 3
    assert found.curve["score"] == [0.5, 0.1, 0.1]
    assert found.metrics["score"] == 0.1
    assert left(objective) == []


def test_a_trial_that_is_asked_to_end_is_interrupted(command: Command) -> None:
    objective = command(
        """
        import os, pathlib, time
        print("score=1")
        (pathlib.Path(os.environ["HPSEARCH_DIR"]) / "stop").touch()
        time.sleep(60)
        """
    )
    request_stop(objective.run, 1)  # an old request does not count
    assert result(objective).status is Status.INTERRUPTED


def test_what_a_program_logs_is_found_where_it_prints_no_metric(command: Command) -> None:
    code = "import logging; logging.basicConfig(level=20); logging.info('epoch %d score: %.2f', {}, 0.5)"
    assert result(command(code.format(1))).metrics == {"score": 0.5}
    assert result(command(code.format(1) + "; print('score=0.25')")).metrics == {"score": 0.25}


def test_a_metric_that_cannot_be_read_fails_with_its_line_and_the_way_out(command: Command) -> None:
    found = result(command("print('score: 1,234')"))
    assert found.status is Status.FAILED
    assert found.error == "score cannot be read for sure in 'score: 1,234': command.pattern can say how [R104]"
    assert result(command("print('score: 1,234')", pattern=r"score: (\d)")).metrics == {"score": 1.0}


def test_a_line_that_is_too_long_is_the_reason_where_no_other_has_the_metric(command: Command) -> None:
    found = result(command("print('x' * 5_000_000 + ' score=1')"))
    assert found.status is Status.FAILED
    assert "more than 4 MiB is too long" in str(found.error)


def test_a_pattern_that_never_ends_is_ended_and_said(command: Command) -> None:
    found = result(command("print('a' * 60 + '!')", pattern=r"(?P<score>(a+)+)$"))
    assert found.status is Status.FAILED
    assert "command.pattern takes more than 2 s on a line of 61 characters" in str(found.error)
    assert str(found.error).endswith(" [R105]")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        ("os.mkfifo('m.json')", "is no ordinary file"),
        ("os.symlink('/dev/zero', 'm.json')", "is no ordinary file"),
        ("os.truncate(os.open('m.json', 66, 0o600), 2**40)", "and may have 16,777,216"),
        ("open('m.json', 'w').write('{\"score\": 1}' * 200_000)", "has more than 100,000 documents"),
        ("open('m.json', 'w').write('score = 1')", "is no JSON in line 1"),
        ("open('m.json', 'w').write('{\"a\":' * 100_000)", "is nested too deeply"),
    ],
)
def test_a_metrics_file_that_cannot_be_used_is_a_reason(command: Command, make: str, reason: str) -> None:
    code = f"import os; os.chdir(os.environ['HPSEARCH_DIR']); {make}"
    found = result(command(code, metrics_file="m.json"))
    assert found.status is Status.FAILED
    assert reason in str(found.error)


def test_a_metrics_file_without_the_metric_is_named(command: Command) -> None:
    assert result(command("pass", metrics_file="m.json")).error == (
        "no metric score; seen: none; it printed nothing, and metrics_file m.json has none [R103]"
    )


def test_of_a_metrics_file_that_breaks_off_what_is_whole_counts(command: Command) -> None:
    lines = '{"score": 1, "epoch": 1}\\n{"score": 2, "epoch": 2}\\n{"score": 3, "ep'
    code = f"import os; open(os.environ['HPSEARCH_DIR'] + '/m.json', 'w').write('{lines}')"
    assert result(command(code, metrics_file="m.json")).curve == {"score": [1.0, 2.0]}


def test_a_metrics_file_elsewhere_counts_only_once_it_is_written_and_is_left_there(command: Command, tmp_path) -> None:
    place = tmp_path / "elsewhere.json"
    place.write_text('{"score": 1}')
    assert result(command("pass", metrics_file=str(place))).status is Status.FAILED
    assert place.exists()
    code = f"open({str(place)!r}, 'a').write(' {{\"score\": 2}}')"
    assert result(command(code, metrics_file=str(place))).metrics == {"score": 2.0}


def test_what_is_read_after_the_end_stops_no_trial(command: Command) -> None:
    code = "import sys\nfor e in range(1, 6): print(f'epoch {e} score=0.1', file=sys.stderr)"
    assert result(command(code), Bar((1, 3), (0.4, 0.6))).status is Status.COMPLETE


def test_of_a_flood_on_stderr_the_end_is_read(command: Command, monkeypatch) -> None:
    monkeypatch.setattr("hpsearch.objectives.command.running._MOST_OF_STDERR", 1000)
    code = "import sys\nfor i in range(1000): print(f'step {i} score={i}', file=sys.stderr)"
    found = result(command(code))
    assert found.metrics == {"score": 999.0}
    assert len(found.curve["score"]) < 100


def test_a_metrics_file_of_an_earlier_attempt_does_not_count(command: Command) -> None:
    objective = command("print('nothing')", metrics_file="m.json")
    folder = objective.run / "trials" / "1"
    folder.mkdir(parents=True)
    (folder / "m.json").write_text('{"score": 1}')
    assert result(objective).status is Status.FAILED


def test_a_metrics_file_is_read_whatever_its_layout(command: Command) -> None:
    for text in ('{"score": 2}', '[{"score": 1}, {"score": 2}]', '{"score": 1}\n{"score": 2}\n'):
        code = f"import os; open(os.environ['HPSEARCH_DIR'] + '/m.json', 'w').write({text!r})"
        assert result(command(code, metrics_file="m.json")).metrics == {"score": 2.0}
    assert result(command("print('score=3')", metrics_file="none.json")).metrics == {"score": 3.0}


def test_a_script_beside_the_config_is_found_from_any_directory(command: Command, tmp_path: Path, monkeypatch) -> None:
    objective = command("import os; print(os.getcwd()); print('score=1')")
    object.__setattr__(objective.program, "line", (sys.executable, "train.py"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert result(objective).status is Status.COMPLETE
    assert Path(os.fsdecode(log(objective, "stdout").split(b"\n")[0])) == tmp_path / "elsewhere"
