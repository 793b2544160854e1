"""Features of single-cell pictures or windows in fields, without a study."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.workflows.pool import each_job
from napari_dinobloom.workflows.window_source import WindowSource
from napari_dinobloom.workflows.window_table import (
    Window,
    pictures_as_windows,
    read_windows,
)

_CELLS_PER_JOB = 48


@dataclass(frozen=True, slots=True)
class WindowJob:
    """Windows that are encoded together, with their rows in the whole."""

    rows: tuple[int, ...]
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Features of some rows, and why the others have none."""

    rows: tuple[int, ...]
    features: np.ndarray
    failures: Mapping[str, str]


@dataclass
class EmbeddedFiles:
    """Features of every window that could be cut, in the order of the inputs.

    Attributes
    ----------
    features
        (n, d) float32.
    windows
        n windows; ``failures`` has the reason for each that is missing.
    """

    features: np.ndarray
    windows: list[Window]
    feature_names: tuple[str, ...]
    encoder: str
    fingerprint: str
    failures: dict[str, str] = field(default_factory=dict)

    def arrays(self) -> dict[str, np.ndarray]:
        """What an .npz holds; no array of objects, so that it loads without pickle."""
        n = len(self.windows)
        places = np.array([w.place for w in self.windows], np.float32).reshape(n, 3)
        return {
            "features": self.features,
            "paths": np.array([str(w.path) for w in self.windows], dtype=np.str_),
            "feature_names": np.array(self.feature_names, dtype=np.str_),
            "x": places[:, 0],
            "y": places[:, 1],
            "size": places[:, 2],
            "encoder": np.array(self.encoder),
            "fingerprint": np.array(self.fingerprint),
        }


@dataclass(frozen=True)
class EmbedFiles:
    """Cut and encode windows, on all cores where the encoder runs without weights."""

    windows: tuple[Window, ...]
    failures: Mapping[str, str]
    encoder: str
    parameters: Mapping[str, Any]
    workers: int | None = None
    title = "Computing features"

    @classmethod
    def of(
        cls,
        inputs: Sequence[Path],
        encoder: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        workers: int | None = None,
    ) -> "EmbedFiles":
        """Gather windows from pictures of single cells, folders of them, and tables.

        Raises
        ------
        UnknownNameError
            If there is no such encoder.
        BadInputError
            If a table cannot be read, or there is nothing to encode.
        """
        from napari_dinobloom.encoding import encoders

        encoders.require(encoder)
        tables = [p for p in inputs if p.suffix.lower() in (".csv", ".tsv")]
        others = [p for p in inputs if p not in tables]
        windows, failures = pictures_as_windows(others) if others else ([], {})
        for table in tables:
            of_table, wrong = read_windows(table)
            windows += of_table
            failures |= wrong
        if not windows:
            reasons = "".join(f"\n{path}: {why}" for path, why in failures.items())
            raise BadInputError(
                f"There is no cell in {', '.join(map(str, inputs))}.{reasons}",
                "Give pictures of single cells, or a table with path, x, y.",
            )
        return cls(tuple(windows), failures, encoder, dict(parameters or {}), workers)

    def compute(self) -> Generator[Progress, None, EmbeddedFiles]:
        """Yield after every batch; a broken picture does not stop the others.

        Raises
        ------
        BadInputError
            If the encoder cannot be loaded.
        """
        from napari_dinobloom.encoding import encoders

        total = len(self.windows)
        yield Progress(0, total, f"Loading {self.encoder}")
        built = encoders.create(self.encoder, **self.parameters)
        encode = partial(encode_windows, self.encoder, dict(self.parameters))
        workers = self.workers
        if built.info.needs_weights:
            workers = 1  # one copy of the weights; torch uses the cores itself
            encode = partial(_encode_with, built)
        failures = dict(self.failures)
        rows: list[np.ndarray | None] = [None] * total
        done = 0
        for job, result in each_job(encode, list(self._jobs()), workers):
            if isinstance(result, BadInputError):
                failures |= {str(w): str(result) for w in job.windows}
            else:
                failures |= result.failures
                for row, values in zip(result.rows, result.features, strict=True):
                    rows[row] = values
            done += len(job.rows)
            yield Progress(done, total, job.windows[-1].path.name)
        known = [row for row, values in enumerate(rows) if values is not None]
        values = [v for v in rows if v is not None]
        d = len(built.feature_names)
        return EmbeddedFiles(
            np.array(values, np.float32).reshape(len(values), d),
            [self.windows[row] for row in known],
            tuple(built.feature_names),
            self.encoder,
            built.fingerprint(),
            failures,
        )

    def _jobs(self) -> Iterator[WindowJob]:
        """Batches of whole pictures, so that each is read once."""
        numbered = list(enumerate(self.windows))
        batch: list[tuple[int, Window]] = []
        for _, group in groupby(numbered, key=lambda pair: pair[1].path):
            batch += group
            if len(batch) >= _CELLS_PER_JOB:
                yield _job(batch)
                batch = []
        if batch:
            yield _job(batch)


def encode_windows(
    encoder: str, parameters: Mapping[str, Any], job: WindowJob
) -> Encoded:
    """Cut and encode one batch, in whatever process this runs."""
    from napari_dinobloom.encoding import encoders

    return _encode_with(encoders.create(encoder, **parameters), job)


def _encode_with(built: Any, job: WindowJob) -> Encoded:
    from napari_dinobloom.encoding import CellImages

    cut: list[np.ndarray] = []
    sizes: list[float] = []
    rows: list[int] = []
    failures: dict[str, str] = {}
    pairs = zip(job.rows, job.windows, strict=True)
    for path, group in groupby(pairs, key=lambda pair: pair[1].path):
        members = list(group)
        try:
            source = WindowSource.read(path)
        except BadInputError as error:
            failures |= {str(window): str(error) for _, window in members}
            continue
        for row, window in members:
            try:
                crop, um = source.cut(window, built.info)
            except BadInputError as error:
                failures[str(window)] = str(error)
                continue
            cut.append(crop)
            sizes.append(um)
            rows.append(row)
    if not cut:
        none = np.empty((0, len(built.feature_names)), np.float32)
        return Encoded((), none, failures)
    cells = CellImages(np.stack(cut), pixel_size_um=np.array(sizes, dtype=np.float32))
    return Encoded(tuple(rows), built.encode(cells), failures)


def _job(batch: Sequence[tuple[int, Window]]) -> WindowJob:
    return WindowJob(tuple(r for r, _ in batch), tuple(w for _, w in batch))
