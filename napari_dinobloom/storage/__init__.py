"""The study on disk, and what other programs read and write."""

from napari_dinobloom.storage.folder import (
    StudyFolder,
    create_study,
    is_study,
    open_or_create,
    open_study,
)

__all__ = ["StudyFolder", "create_study", "is_study", "open_or_create", "open_study"]
