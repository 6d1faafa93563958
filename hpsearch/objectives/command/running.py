"""A trial is a run of the user's own program, which knows nothing of it: arguments go in, printed metrics come out.

The program runs in the directory in which hpsearch was started, as it would by hand. A file that the command names
is looked for there first and then beside the config, so that a config and its script may lie in a folder of their own.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hpsearch.document import show
from hpsearch.errors import WorkerDiedError
from hpsearch.objectives.checkpoints import begun, concluded, given
from hpsearch.objectives.command.lines import LONGEST_LINE, LineSplitter
from hpsearch.objectives.command.metrics_file import MetricsFileError, clear, read_documents
from hpsearch.objectives.command.output import LineReader
from hpsearch.objectives.command.program import Program, found_program
from hpsearch.objectives.command.supervision import Cause, Ending, supervise
from hpsearch.objectives.command.template import CommandLine, fill, params_files, placeholders, write_params
from hpsearch.objectives.command.text import SlowPatternError
from hpsearch.objectives.folder import (
    PARAMS,
    STDERR,
    STDOUT,
    carried,
    check_space,
    forget_stop,
    keep_output,
    needing_space,
    stop_requested,
    tail,
    trial_folder,
    variables,
)
from hpsearch.objectives.objective import Objective
from hpsearch.objectives.progress import shown
from hpsearch.objectives.recorder import ON_REQUEST, Recorder, failed, out_of_time, verdict
from hpsearch.stopping import NO_BAR, Bar
from hpsearch.system.processes import signal_name
from hpsearch.trial import Job, Metric, Result, Status

_LONGEST = 2**17 - 2**6  # bytes; Linux lets a variable have 128 KiB with its name
_MOST_OF_STDERR = 32 * 2**20  # bytes, from its end


@dataclass(frozen=True)
class CommandObjective(Objective):
    """Runs one program per trial, and looks after it by itself.

    Attributes:
        program: what to run.
        metric: what to find in its output.
        run: the folder of the run; an absolute path.
        beside: the folder of the config, where files are looked for after the current directory.
        timeout: seconds that the program may take.
    """

    program: Program
    metric: Metric
    run: Path
    beside: Path
    timeout: float | None = None
    wave: int = 1
    keeps_time = True

    def __call__(self, batch: Sequence[Job], bar: Bar = NO_BAR) -> list[Result]:
        """Run the programs of a batch, one after the other.

        Raises WorkerDiedError if one was killed from outside, which may go better next time, StoreError on a full disk.
        """
        return [self._result(job, bar) for job in batch]

    def _result(self, job: Job, bar: Bar) -> Result:
        begin = time.perf_counter()
        folder = trial_folder(self.run, job.trial.number, job.replicate)
        given(self.run, job)
        recorder = Recorder.of(self.metric, job, bar)
        reader = LineReader(self.metric.name, self.program.pattern)
        metrics_file = folder / (self.program.metrics_file or "metrics.json")
        try:
            with needing_space(self.run):
                folder.mkdir(parents=True, exist_ok=True)
                forget_stop(folder)
                begun(self.run, job)
                keep_output(folder, job)
                stale = clear(metrics_file, folder) if self.program.metrics_file is not None else None
                line, environment = self._started(job)
                with shown(self.run, job, recorder), _followed(folder, reader, recorder) as look:
                    ending = supervise(line, environment=environment, folder=folder, timeout=self.timeout, look=look)
                check_space(self.run)
            recorder.bar = NO_BAR  # what is read from here on can stop nothing any more
            if self.program.metrics_file is not None:
                for document in read_documents(metrics_file, stale):
                    recorder.add(*reader.document(document))
            if ending.cause is Cause.ITSELF and not reader.found and reader.unread is None:
                reader = _read_stderr(folder, reader, recorder)
        except OSError as err:
            return failed(recorder, time.perf_counter() - begin, f"cannot be started: {err}", code="R106")
        except SlowPatternError as err:
            return failed(recorder, time.perf_counter() - begin, str(err), code="R105")
        except MetricsFileError as err:
            reader.unread = f"metrics_file {self.program.metrics_file} {err}"
        seconds, file = time.perf_counter() - begin, self.program.metrics_file
        result = _judged(ending, recorder, reader, folder, seconds, self.timeout, file)
        with needing_space(self.run):
            return concluded(self.run, job, result)

    def _started(self, job: Job) -> tuple[list[str], dict[str, str]]:
        """The words and the whole environment of a program that starts now, its files written."""
        files, words, own = self.prepared(job)
        write_params(files, job.trial.params)
        # Python's output would else wait in a buffer, and a trial that falls behind could not be told.
        environment = {"PYTHONUNBUFFERED": "1", **os.environ, **own, **variables(self.run, job)}
        if files and len(environment[PARAMS]) > _LONGEST:
            del environment[PARAMS]  # no program could be started with it, and this one has its file
        return [found_program(words[0]) or words[0], *words[1:]], environment

    def prepared(self, job: Job) -> tuple[list[Path], list[str], dict[str, str]]:
        """The files of parameters that a program reads, its words, and the environment that the config gives."""
        params, program = job.trial.params, self.program
        folder = trial_folder(self.run, job.trial.number, job.replicate)
        names = {name for word in (*program.line, *program.environment.values()) for name in placeholders(word)}
        files = params_files(folder, names)
        built_in = {"trial": str(job.trial.number), "seed": str(job.seed), "trial_dir": str(folder)}
        built_in |= {name: str(path) for name, path in files.items()}
        built_in |= {name: str(value) for name, value in carried(self.run, job) if value is not None}
        words = CommandLine(tuple(_file(word, self.beside) for word in program.line), program.booleans)
        own = {name: fill(value, params, built_in) for name, value in program.environment.items()}
        return list(files.values()), words.arguments(params, built_in), own


def _judged(
    ending: Ending,
    recorder: Recorder,
    reader: LineReader,
    folder: Path,
    seconds: float,
    timeout: float | None,
    metrics_file: str | None,
) -> Result:
    if ending.left:
        return failed(recorder, seconds, f"{ending.left} of its processes cannot be ended")
    if recorder.stopped:
        return verdict(recorder, seconds)  # whether we ended it or it was faster does not matter
    if ending.cause is Cause.TIMED_OUT:
        return failed(recorder, seconds, out_of_time(timeout), Status.TIMED_OUT)
    if ending.cause is Cause.STOPPED:
        return failed(recorder, seconds, ON_REQUEST, Status.INTERRUPTED)
    if ending.out_of_memory:
        return failed(recorder, seconds, "the system killed it for memory", Status.OUT_OF_MEMORY)
    if ending.cause is Cause.ITSELF and ending.code != 0:
        last = (tail(folder / STDERR, 1) or tail(folder / STDOUT, 1) or ["it printed nothing"])[0]
        if ending.code < 0:
            raise WorkerDiedError(f"it died of {signal_name(-ending.code)}; {last}")
        return failed(recorder, seconds, f"{last.strip()}: exit code {ending.code}")
    if reader.unread is not None:
        return failed(recorder, seconds, reader.unread, code="R104")
    if recorder.value is not None:
        return verdict(recorder, seconds)
    file = f", and metrics_file {metrics_file} has none" if metrics_file else ""
    why = f"; {_why_none(reader, folder)}{file}"
    return verdict(recorder, seconds, why, "R103" if reader.hint is None else "R104")


def _why_none(reader: LineReader, folder: Path) -> str:
    """Why there may be no metric: what the program printed says it best."""
    if reader.hint is not None:
        return f"it cannot be told for sure in {show(reader.hint)}: command.pattern can say how"
    if reader.too_long:
        return f"a line of more than {LONGEST_LINE // 2**20} MiB is too long to be read"
    lines = " | ".join(line.strip()[:80] for line in tail(folder / STDOUT, 3) or tail(folder / STDERR, 3))
    return f"its last lines: {lines}" if lines else "it printed nothing"


@contextmanager
def _followed(folder: Path, reader: LineReader, recorder: Recorder) -> Iterator[Callable[[], bool]]:
    """A function that reads on in the program's output, and returns whether it is to be ended."""
    (folder / STDOUT).write_bytes(b"")  # what an earlier attempt printed does not count
    with (folder / STDOUT).open("rb", buffering=0) as file:
        splitter = _splitter(file, reader, recorder)

        def look() -> bool:
            splitter.read()
            return recorder.stopped or stop_requested(folder)

        yield look
        if not recorder.stopped:
            splitter.finish()
        reader.too_long |= splitter.too_long


def _splitter(file: BinaryIO, reader: LineReader, recorder: Recorder) -> LineSplitter:
    return LineSplitter(file, lambda line: recorder.add(*reader.read(line)), reader.may_hold)


def _read_stderr(folder: Path, before: LineReader, recorder: Recorder) -> LineReader:
    """Read what a program wrote there whose standard output has no metric; return the reader that knows more."""
    reader = LineReader(before.metric, before.pattern)
    with (folder / STDERR).open("rb", buffering=0) as file:
        splitter = _splitter(file, reader, recorder)
        splitter.begin_at_last(_MOST_OF_STDERR)
        splitter.finish()
    reader.too_long = before.too_long or splitter.too_long
    reader.hint = reader.hint or before.hint
    return reader


def _file(word: str, beside: Path) -> str:
    """The word, or the path of the file beside the config that it names."""
    if placeholders(word) or word.startswith("-") or Path(word).exists():
        return word
    return str(beside / word) if (beside / word).is_file() else word
