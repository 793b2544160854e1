"""The runner: off the Qt thread, committed on it, and nothing is lost in silence."""

import threading
from collections.abc import Callable, Generator, Iterator

import pytest

from napari_dinobloom.core import Partial, Progress
from napari_dinobloom.gui.task_runner import TaskRunner
from napari_dinobloom.study import Study

pytestmark = pytest.mark.gui


class Counting:
    """Yields a partial per number, returns -1; knows where it ran and who closed it."""

    title = "Counting"

    def __init__(
        self, numbers: int = 3, fails: BaseException | None = None, gate: bool = False
    ) -> None:
        self.numbers, self.fails = numbers, fails
        self.gate = threading.Event()
        if not gate:
            self.gate.set()
        self.committed: list[int] = []
        self.commit_threads: set[int] = set()
        self.compute_thread = 0
        self.closed = threading.Event()
        self.reached = threading.Event()

    def compute(self) -> Generator[Progress | Partial[int], None, int | None]:
        self.compute_thread = threading.get_ident()
        try:
            for number in range(self.numbers):
                yield Progress(number, self.numbers)
                yield Partial(number)
                self.reached.set()
                assert self.gate.wait(10)
            if self.fails is not None:
                raise self.fails
            return -1
        finally:
            self.closed.set()

    def commit(self, study: Study, result: int) -> None:
        self.commit_threads.add(threading.get_ident())
        self.committed.append(result)


class RefusingToCommit(Counting):
    def commit(self, study: Study, result: int) -> None:
        super().commit(study, result)
        raise RuntimeError("disk full")


def always(task: Counting | None) -> Callable[[Study], Counting | None]:
    return lambda study: task


@pytest.fixture
def runner(qtbot) -> Iterator[TaskRunner]:
    runner = TaskRunner()
    yield runner
    runner.close()


@pytest.fixture
def seen(runner: TaskRunner) -> dict[str, list]:
    seen: dict[str, list] = {"started": [], "failed": [], "finished": []}
    runner.started.connect(seen["started"].append)
    runner.failed.connect(seen["failed"].append)
    runner.finished.connect(seen["finished"].append)
    return seen


def test_it_computes_elsewhere_and_commits_here(qtbot, runner, seen):
    task = Counting()
    runner.run(Study(), [always(task)])
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert task.committed == [0, 1, 2, -1]
    assert task.compute_thread != threading.get_ident()
    assert task.commit_threads == {threading.get_ident()}
    assert seen["finished"] == ["done"]
    assert seen["failed"] == []


@pytest.mark.parametrize(
    "error",
    [RuntimeError("CUDA out of memory"), MemoryError(), ValueError("x"), SystemExit(1)],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_in_the_generator_reaches_a_person(qtbot, runner, seen, error):
    task, after = Counting(fails=error), Counting()
    runner.run(Study(), [always(task), always(after)])
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert seen["failed"] == [error]
    assert seen["finished"] == ["failed"]
    assert task.committed == [0, 1, 2]  # what was complete stays
    assert after.committed == []


def test_a_cancelled_task_runs_its_finally_and_keeps_its_pieces(qtbot, runner, seen):
    task, after = Counting(numbers=1000, gate=True), Counting()
    runner.run(Study(), [always(task), always(after)])
    qtbot.waitUntil(lambda: task.committed == [0])
    runner.cancel()
    task.gate.set()
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert task.closed.is_set()
    assert seen["finished"] == ["cancelled"]
    assert len(task.committed) < 10
    assert -1 not in task.committed
    assert after.committed == []


def test_a_commit_that_fails_ends_the_run(qtbot, runner, seen):
    task = RefusingToCommit(numbers=50)
    runner.run(Study(), [always(task)])
    qtbot.waitUntil(lambda: not runner.is_busy)
    qtbot.waitUntil(task.closed.is_set)
    assert task.committed == [0]
    assert [str(error) for error in seen["failed"]] == ["disk full"]
    assert seen["finished"] == ["failed"]


def test_a_step_that_cannot_be_made_ends_the_run(qtbot, runner, seen):
    def broken(study: Study) -> Counting:
        raise LookupError("no weights")

    after = Counting()
    runner.run(Study(), [broken, always(after)])
    assert not runner.is_busy
    assert len(seen["failed"]) == 1
    assert after.committed == []


def test_steps_are_made_when_their_turn_comes(qtbot, runner, seen):
    first, second = Counting(), Counting()
    before_second: list[list[int]] = []

    def make_second(study: Study) -> Counting:
        before_second.append(list(first.committed))
        return second

    runner.run(Study(), [always(first), always(None), make_second])
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert before_second == [[0, 1, 2, -1]]
    assert second.committed[-1] == -1
    assert seen["started"] == ["Counting", "Counting"]


def test_a_late_result_for_a_closed_study_is_dropped(qtbot, runner, seen):
    study, task = Study(), Counting(numbers=2, gate=True)
    runner.run(study, [always(task)])
    assert task.reached.wait(5)
    runner.forget(study)
    committed = list(task.committed)
    task.gate.set()
    qtbot.waitUntil(task.closed.is_set)
    other = Counting()
    runner.run(Study(), [always(other)])
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert task.committed == committed
    assert other.committed == [0, 1, 2, -1]
    assert seen["finished"] == ["cancelled", "done"]


def test_closing_while_running_waits_for_the_worker(qtbot):
    runner, task = TaskRunner(), Counting(numbers=10_000)
    runner.run(Study(), [always(task)])
    qtbot.waitUntil(lambda: len(task.committed) > 1)
    runner.close()
    assert task.closed.is_set()
    assert not runner.is_busy


def test_two_runs_at_once_are_refused(qtbot, runner):
    task = Counting(gate=True)
    runner.run(Study(), [always(task)])
    with pytest.raises(RuntimeError, match="another run"):
        runner.run(Study(), [always(Counting())])
    task.gate.set()
    qtbot.waitUntil(lambda: not runner.is_busy)
