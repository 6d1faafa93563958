"""Functions as a user writes them, in a file of their own that imports nothing of ours."""

import os
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from hpsearch.engine.executors import InlineExecutor, ProcessExecutor
from hpsearch.objectives import request_stop
from hpsearch.objectives.function.running import FunctionObjective, VectorizedObjective
from hpsearch.stopping import Bar
from hpsearch.trial import Metric, Result, Status
from tests.objectives.conftest import job

Function = Callable[..., FunctionObjective]
METRIC = Metric("score")


@pytest.fixture(scope="module")
def worker() -> Iterator[ProcessExecutor]:
    executor = ProcessExecutor(1)
    yield executor
    executor.close()


@pytest.fixture(params=["inline", "worker"])
def executor(request: pytest.FixtureRequest, worker: ProcessExecutor) -> ProcessExecutor | InlineExecutor:
    return worker if request.param == "worker" else InlineExecutor()


@pytest.fixture
def function(tmp_path: Path, request: pytest.FixtureRequest) -> Function:
    """`function(code)`: an objective that calls `train` of this code; a module name of its own for each test."""

    def made(code: str, kind: type = FunctionObjective) -> FunctionObjective:
        module = f"train_{abs(hash((request.node.name, code)))}"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code))
        found: FunctionObjective = kind(f"{module}:train", METRIC, tmp_path / "run", tmp_path)
        return found

    return made


def result(executor: ProcessExecutor | InlineExecutor, objective: FunctionObjective, **params: object) -> Result:
    (found,) = executor.submit(objective, [job(**params)]).result()
    return found


RETURNS = {
    "return x * 2": {"score": 6.0},
    "return {'score': x, 'loss': 1, 'name': 'a'}": {"score": 3.0, "loss": 1.0},
    "import numpy; return numpy.float32(0.5)": {"score": 0.5},
    "import numpy; return {'score': numpy.array([0.5])[0]}": {"score": 0.5},
    "yield 1; yield {'score': 2}": {"score": 2.0},
    "yield 1; return {'score': 7}": {"score": 7.0},
}


@pytest.mark.parametrize("body", RETURNS)
def test_a_function_gives_a_number_or_metrics_at_once_or_step_by_step(executor, function: Function, body: str) -> None:
    found = result(executor, function(f"def train(x): {body}"), x=3)
    assert (found.status, found.metrics, found.error) == (Status.COMPLETE, RETURNS[body], None)


def test_what_is_yielded_becomes_the_curve(executor, function: Function) -> None:
    found = result(
        executor, function("def train(x):\n for e in range(3): yield {'score': e, 'loss': -e, 'epoch': e}"), x=3
    )
    assert found.curve == {"score": [0, 1, 2], "loss": [0, -1, -2]}


CALLS = {
    "def train(x, y): return x + y": 5.0,
    "def train(x, y=0, *, seed): return x + y + seed": 10.0,
    "def train(params): return params['x'] + params['y']": 5.0,
    "def train(params, seed): return params['x'] + seed": 7.0,
    "def train(**params): return params['x'] + params['y']": 5.0,
    "def train(x, **rest): return x + rest['y']": 5.0,
    "import pathlib\ndef train(x, y, trial_dir): (pathlib.Path(trial_dir) / 'f').touch(); return 1": 1.0,
    "class Model:\n  def __call__(self, x, y): return x * y\ntrain = Model()": 6.0,
    "import os, json\ndef train(x, y): return json.loads(os.environ['HPSEARCH_PARAMS'])['y']": 3.0,
}


@pytest.mark.parametrize("code", CALLS)
def test_parameters_come_as_keywords_or_as_one_mapping(executor, function: Function, code: str) -> None:
    found = result(executor, function(code), x=2, y=3)
    assert (found.error, found.metrics) == (None, {"score": CALLS[code]})


FAILURES = {
    "def train(x): raise KeyError('lr')": (Status.FAILED, "KeyError: 'lr' [R102]"),
    "def train(x): return None": (
        Status.FAILED,
        "the function must return or yield a number, or a mapping with `score`, got NoneType None [R103]",
    ),
    "def train(x): return {'loss': 1}": (Status.FAILED, "no metric score; seen: loss [R103]"),
    "def train(x): return {'score': 'high'}": (Status.FAILED, "score must be a number, got 'high' [R103]"),
    "def train(x):\n if x < 0: yield 1": (Status.FAILED, "no metric score; seen: none [R103]"),
    "def train(x): return float('nan')": (Status.DIVERGED, "score was nan"),
    "def train(x): raise MemoryError": (Status.OUT_OF_MEMORY, "MemoryError"),
    "import sys\ndef train(x): sys.exit(3)": (Status.FAILED, "SystemExit: 3 [R102]"),
    "def train(x): raise GeneratorExit": (Status.FAILED, "GeneratorExit [R102]"),
    "def train(x):\n yield 1\n raise BaseException('b')": (Status.FAILED, "BaseException: b [R102]"),
    "def train(x): return True": (
        Status.FAILED,
        "the function must return or yield a number, or a mapping with `score`, got bool True [R103]",
    ),
    "import nothing_of_the_sort": (Status.FAILED, "ModuleNotFoundError: No module named 'nothing_of_the_sort' [R102]"),
}


@pytest.mark.parametrize("code", FAILURES)
def test_a_failure_has_its_reason(executor, function: Function, code: str) -> None:
    found = result(executor, function(code), x=3)
    assert (found.status, found.error) == FAILURES[code]


@pytest.mark.parametrize(
    "value", ["{'score': True}", "numpy.bool_(x)", "{'score': numpy.bool_(x)}", "numpy.array(x > 1)"]
)
def test_a_truth_value_of_any_library_is_no_metric(executor, function: Function, value: str) -> None:
    found = result(executor, function(f"import numpy\ndef train(x): return {value}"), x=3)
    assert found.status is Status.FAILED
    assert "number" in str(found.error)


def test_an_interrupt_that_nobody_typed_is_the_function_s_own(worker: ProcessExecutor, function: Function) -> None:
    found = result(worker, function("def train(x): raise KeyboardInterrupt"), x=3)
    assert (found.status, found.error) == (Status.FAILED, "KeyboardInterrupt [R102]")


FORKS = {
    "return": "import os\ndef train(x):\n p = os.fork()\n if p == 0: return x + 100\n os.waitpid(p, 0)\n return x",
    "yield": "import os\ndef train(x):\n p = os.fork()\n if p == 0: yield x + 100\n os.waitpid(p, 0)\n yield x",
    "raise": "import os\ndef train(x):\n p = os.fork()\n if p == 0: raise OSError\n os.waitpid(p, 0)\n return x",
    "exit": "import os, sys\ndef train(x):\n p = os.fork()\n if p == 0: sys.exit()\n os.waitpid(p, 0)\n return x",
}


@pytest.mark.parametrize("code", FORKS.values(), ids=FORKS)
def test_only_the_process_that_was_called_answers(executor, function: Function, code: str) -> None:
    assert [result(executor, function(code), x=x).metrics for x in (1, 2)] == [{"score": 1.0}, {"score": 2.0}]


def test_a_traceback_is_in_the_log(executor, function: Function) -> None:
    objective = function("def train(x): return inner(x)\ndef inner(x): raise ValueError(x)")
    result(executor, objective, x=3)
    text = (objective.run / "trials/1/stderr").read_text()
    assert "in inner" in text
    assert text.endswith("ValueError: 3\n")


def test_output_of_any_code_goes_to_the_trial_s_files(worker: ProcessExecutor, function: Function) -> None:
    code = """
        import os, subprocess, sys
        def train(x):
            print("python")
            os.write(1, b"\\xff descriptor\\n")
            subprocess.run(["echo", "child"])
            print("error", file=sys.stderr)
            return 1
    """
    objective = function(code)
    assert result(worker, objective, x=1).status is Status.COMPLETE
    assert (objective.run / "trials/1/stdout").read_bytes() == b"python\n\xff descriptor\nchild\n"
    assert (objective.run / "trials/1/stderr").read_text() == "error\n"


def test_a_quiet_function_leaves_no_folder_behind(executor, function: Function) -> None:
    objective = function("def train(x): return x")
    result(executor, objective, x=1)
    assert list((objective.run / "trials").iterdir()) == []


def test_children_of_a_function_end_with_it(worker: ProcessExecutor, function: Function) -> None:
    code = """
        import os, subprocess, time
        def train(x):
            child = subprocess.Popen(["sleep", "60"], start_new_session=True)
            if os.fork() == 0:
                os.setsid(); time.sleep(60)
            return child.pid
    """
    found = result(worker, function(code), x=1)
    assert not psutil.pid_exists(int(found.metrics["score"]))
    assert psutil.Process().children() != []
    for process in psutil.Process().children():
        assert process.children() == []


def test_a_generator_below_the_bar_is_closed_and_has_its_last_value(
    executor, function: Function, tmp_path: Path
) -> None:
    code = f"""
        def train(x):
            try:
                for e in range(100): yield 5 - e
            finally:
                __import__("pathlib").Path({str(tmp_path / "closed")!r}).touch()
    """
    (found,) = executor.submit(function(code), [job(x=1)], Bar((2, 3), (4.0, 6.0))).result()
    assert (found.status, found.metrics, found.curve["score"]) == (Status.STOPPED, {"score": 3.0}, [5, 4, 3])
    assert found.fell == 3
    assert (tmp_path / "closed").exists()


def test_a_generator_that_is_asked_to_end_is_interrupted(executor, function: Function) -> None:
    code = """
        import pathlib
        def train(x, trial_dir):
            while True:
                yield 1
                (pathlib.Path(trial_dir) / "stop").touch()
    """
    objective = function(code)
    request_stop(objective.run, 1)
    assert result(executor, objective, x=1).status is Status.INTERRUPTED


def test_a_function_s_time_limit_ends_it(function: Function) -> None:
    objective = function("import time\ndef train(x): time.sleep(60)")
    with closing(ProcessExecutor(1, timeout=0.5)) as executor:
        begin = time.perf_counter()
        error = executor.submit(objective, [job(x=1)]).exception()
    assert str(error) == "stopped after 0.5 s"
    assert time.perf_counter() - begin < 5


def batch_of(executor, objective: FunctionObjective, *xs: object) -> list[Result]:
    found: list[Result] = executor.submit(objective, [job(i, x=x) for i, x in enumerate(xs, 1)]).result()
    return found


def test_a_vectorized_function_is_called_once_with_arrays(executor, function: Function) -> None:
    code = "calls = 0\ndef train(x):\n global calls\n calls += 1\n yield x * 2\n yield {'score': x * calls, 'loss': -x}"
    found = batch_of(executor, function(code, VectorizedObjective), 1, 2, 3)
    assert [r.metrics for r in found] == [{"score": x, "loss": -x} for x in (1, 2, 3)]
    assert [r.curve for r in found] == [{"score": [2 * x, x]} for x in (1, 2, 3)]
    assert {r.stacked for r in found} == {3}


def test_where_a_vectorized_function_fails_only_the_guilty_trials_do(executor, function: Function) -> None:
    code = "def train(x):\n if (x == 2).any(): raise ValueError('two')\n return x"
    found = batch_of(executor, function(code, VectorizedObjective), 1, 2, 3)
    assert [r.status for r in found] == [Status.COMPLETE, Status.FAILED, Status.COMPLETE]
    found = batch_of(executor, function("def train(x): return 1", VectorizedObjective), 1, 2)
    assert "shape (1,)" in str(found[0].error)
    found = batch_of(executor, function("def train(x): return x > 1", VectorizedObjective), 1, 2)
    assert {r.status for r in found} == {Status.FAILED}


def test_trials_with_other_parameters_go_to_other_calls(tmp_path: Path) -> None:
    objective = VectorizedObjective("m:train", METRIC, tmp_path, tmp_path)
    jobs = [job(1, x=1), job(2, x=1, y=2), job(3, x=3)]
    assert [[j.trial.number for j in batch] for batch in objective.batches(jobs)] == [[1, 3], [2]]


def test_a_function_is_found_beside_the_config_before_the_current_directory(function: Function, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    objective = function("def train(x): return 1")
    Path(objective.path.split(":")[0] + ".py").write_text("def train(x): return 2")
    assert result(InlineExecutor(), objective, x=1).metrics == {"score": 1.0}
    assert os.environ.get("HPSEARCH_TRIAL") is None
