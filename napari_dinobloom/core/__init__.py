"""What could serve any project: errors that help, a registry, tasks."""

from napari_dinobloom.core.errors import (
    BadInputError,
    DinoBloomError,
    MissingDependencyError,
    UnknownNameError,
)
from napari_dinobloom.core.registry import Registry
from napari_dinobloom.core.task import Partial, Progress, Task, run

__all__ = [
    "BadInputError",
    "DinoBloomError",
    "MissingDependencyError",
    "Partial",
    "Progress",
    "Registry",
    "Task",
    "UnknownNameError",
    "run",
]
