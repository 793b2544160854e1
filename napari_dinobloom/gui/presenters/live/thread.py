"""What the live predictions ask of the thread that owns the classifier."""

from collections.abc import Callable, Generator
from typing import Any, Protocol

from napari_dinobloom.core import Progress


class LiveWorker(Protocol):
    """What is asked of the thread on which the classifier lives."""

    def submit(
        self,
        job: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> Any:
        """Run a job and answer."""
        ...

    def stream(
        self,
        job: Callable[[], Generator[Progress, None, Any]],
        progressed: Callable[[Progress], None],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> Any:
        """Run a job that tells how far it is and answer."""
        ...
