"""Names, tasks and errors."""

import copy
from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

from napari_dinobloom.core import (
    BadInputError,
    MissingDependencyError,
    Partial,
    Progress,
    Registry,
    UnknownNameError,
    run,
)


def colours() -> Registry[str]:
    registry: Registry[str] = Registry("stain")
    registry.register("giemsa", lambda ratio=1: f"giemsa {ratio}")
    registry.register("wright", lambda: "wright")
    return registry


def test_a_name_gives_what_its_factory_builds() -> None:
    assert colours().create("giemsa", ratio=3) == "giemsa 3"
    assert list(colours()) == ["giemsa", "wright"]


def test_a_factory_may_have_a_parameter_called_name() -> None:
    registry: Registry[str] = Registry("stain")
    registry.register("any", lambda name: name)
    assert registry.create("any", name="x") == "x"


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'giemsa'") as refused:
        colours().create("gimsa")
    assert "Known: giemsa, wright" in refused.value.remedy


def test_a_name_is_taken_once() -> None:
    registry = colours()
    with pytest.raises(ValueError, match="registered already"):
        registry.register("wright", str)


# -- errors ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        BadInputError("a.tif is torn.", "Fetch it again."),
        MissingDependencyError.of("timm", "dinobloom", "DinoBloom"),
    ],
)
def test_an_error_crosses_a_process_boundary_whole(error: BadInputError) -> None:
    again = copy.copy(error)  # by the same protocol
    assert type(again) is type(error)
    assert (again.what, again.remedy) == (error.what, error.remedy)
    assert str(again) == f"{error.what}\n{error.remedy}"


# -- tasks -----------------------------------------------------------------------


@dataclass
class Count:
    """A task that counts, and notes that it was tidied up."""

    upto: int
    fails_at: int = -1
    tidied: list[bool] = field(default_factory=list)
    title = "Counting"

    def compute(self) -> Generator[Progress | Partial[int], None, int]:
        try:
            for i in range(self.upto):
                if i == self.fails_at:
                    raise RuntimeError("out of memory")
                yield Progress(i, self.upto)
                yield Partial(i)
            return self.upto
        finally:
            self.tidied.append(True)

    def commit(self, study: list[int], result: int) -> None:
        if result == 99:
            raise ValueError("refused")
        study.append(result)


def test_pieces_are_committed_as_they_come_and_the_rest_at_the_end() -> None:
    study: list[int] = []
    steps: list[Progress] = []
    assert run(Count(3), study, steps.append) == 3
    assert study == [0, 1, 2, 3]
    assert [step.done for step in steps] == [0, 1, 2]


def test_what_was_committed_stays_when_the_task_fails() -> None:
    study: list[int] = []
    task = Count(5, fails_at=2)
    with pytest.raises(RuntimeError, match="out of memory"):
        run(task, study)
    assert study == [0, 1]
    assert task.tidied == [True]


def test_ctrl_c_closes_the_task() -> None:
    def interrupt(step: Progress) -> None:
        if step.done == 2:
            raise KeyboardInterrupt

    study: list[int] = []
    task = Count(5)
    with pytest.raises(KeyboardInterrupt):
        run(task, study, interrupt)
    assert study == [0, 1]
    assert task.tidied == [True]
