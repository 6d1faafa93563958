"""Workers that die, hang and leave children: what becomes of the batch, and of everything it started."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from multiprocessing import spawn
from pathlib import Path

import psutil
import pytest

from hpsearch.engine.executors import ProcessExecutor, make_executor, processes
from hpsearch.errors import DataError, JobTimedOutError, WorkerDiedError
from hpsearch.system.environment import cores
from hpsearch.system.signals import Interrupted

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def environment(names: list[str]) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in names}


def pid(_: object) -> int:
    return os.getpid()


def die(folder: Path) -> None:
    leave_children(folder)
    os.kill(os.getpid(), signal.SIGKILL)


def hang(folder: Path) -> None:
    leave_children(folder)
    time.sleep(60)


def leave_children(folder: Path) -> None:
    """A child, one in another session, and a daemon without a program of its own; their ids in files."""
    for more in (False, True):
        child = subprocess.Popen(SLEEPER, start_new_session=more)
        (folder / f"{child.pid}.pid").touch()
        child.returncode = 0  # no warning that it runs on
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writer, str(os.getpid()).encode())
            time.sleep(60)
        os._exit(0)
    (folder / f"{os.read(reader, 20).decode()}.pid").touch()


class Stubborn:
    """What takes its time to go, where Python lets no exception out."""

    def __del__(self) -> None:
        for _ in range(100):
            time.sleep(0.01)


def end_within_a_finalizer(folder: Path) -> None:
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    Stubborn()
    (folder / "later").touch()
    time.sleep(60)


def fail(_: object) -> None:
    raise DataError("the file is gone")


class OddError(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def fail_oddly(_: object) -> None:
    raise OddError(1, 2)


def return_a_function(_: object) -> object:
    return lambda: 0


def living(folder: Path) -> list[int]:
    """Of the processes whose ids lie in the folder, those that live."""
    found = []
    for path in folder.glob("*.pid"):
        try:
            if psutil.Process(int(path.stem)).status() != psutil.STATUS_ZOMBIE:
                found.append(int(path.stem))
        except psutil.NoSuchProcess:
            continue
    return found


class Batch(list):  # type: ignore[type-arg]
    """A batch that says where its children are noted."""

    def __truediv__(self, name: str) -> Path:
        path: Path = self[0] / name
        return path


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    made = ProcessExecutor(2, timeout=60)
    yield made
    made.close(cancel=True)


def test_a_worker_serves_again_and_again(executor: ProcessExecutor) -> None:
    assert len({executor.submit(pid, [0]).result() for _ in range(20)}) == 1


def test_a_worker_that_is_killed_loses_its_batch_alone_and_leaves_nothing(
    executor: ProcessExecutor, tmp_path: Path
) -> None:
    error = executor.submit(die, Batch([tmp_path])).exception()
    assert isinstance(error, WorkerDiedError)
    assert "SIGKILL" in str(error)
    assert len(list(tmp_path.glob("*.pid"))) == 3
    assert living(tmp_path) == []
    assert executor.submit(pid, [0]).result() != os.getpid()


def doze(folder: Path) -> int:
    (folder / f"{os.getpid()}.pid").touch()
    time.sleep(0.5)
    return 7


def test_time_in_which_a_worker_is_suspended_does_not_count(tmp_path: Path) -> None:
    with closing(ProcessExecutor(1, timeout=1.5)) as executor:
        future = executor.submit(doze, Batch([tmp_path]))
        while not (dozing := living(tmp_path)):
            time.sleep(0.01)
        os.kill(dozing[0], signal.SIGSTOP)
        time.sleep(2.5)
        assert not future.done()
        os.kill(dozing[0], signal.SIGCONT)
        assert future.result() == 7


def test_a_batch_past_its_time_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    with closing(ProcessExecutor(1, timeout=1.0)) as executor:
        begin = time.perf_counter()
        error = executor.submit(hang, Batch([tmp_path])).exception()
        assert isinstance(error, JobTimedOutError)
        assert str(error) == "stopped after 1 s"
        assert time.perf_counter() - begin < 8
        assert len(list(tmp_path.glob("*.pid"))) == 3
        assert living(tmp_path) == []


def test_a_worker_that_is_told_to_end_within_a_finalizer_ends_without_a_word(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(ProcessExecutor(1)) as executor:
        begin = time.monotonic()
        with pytest.raises(WorkerDiedError):
            executor.submit(end_within_a_finalizer, tmp_path).result(timeout=40)
        assert time.monotonic() - begin < 30
    assert capfd.readouterr().err == ""


def test_an_idle_worker_that_is_killed_is_replaced_without_a_loss(executor: ProcessExecutor) -> None:
    first = executor.submit(pid, [0]).result()
    os.kill(first, signal.SIGKILL)
    time.sleep(0.1)
    assert executor.submit(pid, [0]).result() != first


def test_ending_a_worker_can_be_taken_up_again_where_an_interrupt_came(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = ProcessExecutor(1)
    child = executor.submit(pid, [0]).result()

    def interrupted(*_: object, **__: object) -> None:
        raise Interrupted(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(processes, "end", interrupted)
        with pytest.raises(Interrupted):
            executor.close()
    executor.close(cancel=True)
    assert not psutil.pid_exists(child)


def fork(_: object) -> int:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return child


def test_of_work_that_forks_only_the_process_that_was_called_answers(executor: ProcessExecutor) -> None:
    assert all(executor.submit(fork, [0]).result() for _ in range(4))


def test_what_is_raised_arrives_as_it_is_or_at_least_in_words(executor: ProcessExecutor) -> None:
    with pytest.raises(DataError, match="the file is gone"):
        executor.submit(fail, [0]).result()
    with pytest.raises(RuntimeError, match="OddError: 1 and 2"):
        executor.submit(fail_oddly, [0]).result()
    with pytest.raises(RuntimeError, match="cannot be sent"):
        executor.submit(return_a_function, [0]).result()
    assert executor.submit(pid, [0]).result()


def test_shutdown_at_once_ends_what_runs_and_all_that_it_started(tmp_path: Path) -> None:
    executor = ProcessExecutor(2)
    running, waiting = executor.submit(hang, tmp_path), [executor.submit(hang, tmp_path) for _ in range(3)]
    while len(list(tmp_path.glob("*.pid"))) < 6:
        time.sleep(0.02)
    executor.close(cancel=True)
    assert isinstance(running.exception(), WorkerDiedError)
    assert waiting[-1].cancelled()
    assert living(tmp_path) == []


ENGINE = """
import sys, time
from pathlib import Path
from hpsearch.engine.executors import ProcessExecutor
from tests.engine.test_processes import hang
if __name__ == "__main__":
    executor = ProcessExecutor(1)
    executor.submit(hang, Path(sys.argv[1]))
    time.sleep(60)
"""


def test_when_the_engine_is_killed_its_workers_and_all_that_they_started_end(tmp_path: Path) -> None:
    (tmp_path / "engine.py").write_text(ENGINE)
    root = Path(__file__).parents[2]
    engine = subprocess.Popen(
        [sys.executable, tmp_path / "engine.py", tmp_path], env={**os.environ, "PYTHONPATH": str(root)}
    )
    while len(list(tmp_path.glob("*.pid"))) < 3:
        assert engine.poll() is None
        time.sleep(0.02)
    worker = psutil.Process(engine.pid).children()
    engine.kill()
    engine.wait()
    _, alive = psutil.wait_procs(worker, timeout=20)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    assert living(tmp_path) == []


def test_threads_are_pinned_to_the_share_of_the_cores_or_as_told() -> None:
    names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
    with closing(ProcessExecutor(2)) as executor:
        assert set(executor.submit(environment, names).result().values()) == {str(max(1, cores() // 2))}
    with closing(ProcessExecutor(1, threads_per_worker=7)) as executor:
        assert set(executor.submit(environment, names).result().values()) == {"7"}


def meet(folder: Path) -> str | None:
    """Wait until two are here, then say which device this one sees."""
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.01)
    return os.environ.get("CUDA_VISIBLE_DEVICES")


def test_running_batches_see_one_device_each_and_workers_default_to_their_number(tmp_path: Path) -> None:
    with closing(make_executor(None, None, devices=(3, "MIG-a"))) as executor:
        assert executor.slots == 2
        seen = [executor.submit(meet, tmp_path) for _ in range(2)]
        assert {future.result() for future in seen} == {"3", "MIG-a"}


def test_the_engine_keeps_its_own_environment() -> None:
    before = dict(os.environ)
    with closing(ProcessExecutor(1, devices=[1], environment={"X": "y"})) as executor:
        assert executor.submit(environment, ["X", "HIP_VISIBLE_DEVICES"]).result() == {
            "X": "y",
            "HIP_VISIBLE_DEVICES": "1",
        }
        assert dict(os.environ) == before


def test_a_worker_whose_engine_is_gone_before_it_has_started_ends_without_a_word() -> None:
    reader, writer = os.pipe()
    os.close(writer)
    with processes._quiet():
        line = spawn.get_command_line(tracker_fd=reader, pipe_handle=reader)
    ended = subprocess.run(line, pass_fds=[reader], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "")
    unguarded = spawn.get_command_line(tracker_fd=reader, pipe_handle=reader)
    assert (
        "EOFError" in subprocess.run(unguarded, pass_fds=[reader], capture_output=True, text=True, check=False).stderr
    )
    os.close(reader)
