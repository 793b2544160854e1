"""A folder of synthetic smears with a metadata table and the truth beside it."""

import csv
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.finding import NO_PICTURES
from napari_dinobloom.imaging.synthetic.diagnoses import DIAGNOSES, Diagnosis
from napari_dinobloom.imaging.synthetic.field import (
    SyntheticField,
    make_field_with_jpeg,
)
from napari_dinobloom.imaging.synthetic.laboratories import LABORATORIES, Laboratory

METADATA_COLUMNS = (
    "image", "slide", "patient", "site", "scanner", "stain", "pixel_size_um",
    "diagnosis", "synthetic",
)  # fmt: skip
_README = """These smears were drawn by napari-dinobloom; no patient gave them.
Use them to learn and to test, and never count them among real cells.

metadata.csv      one row per picture: slide, patient, site, scanner, stain, diagnosis
truth/            label images of cells and nuclei, and cells.csv with class and place
"""
CELL_COLUMNS = ("image", "label", "class", "kind", "x", "y")


@dataclass(frozen=True, slots=True)
class _Patient:
    laboratory: Laboratory
    diagnosis: Diagnosis
    number: int

    @property
    def name(self) -> str:
        return f"{self.laboratory.name}-patient-{self.number}"


def write_samples(
    folder: Path,
    laboratories: int = 4,
    patients: int = 2,
    fields: int = 4,
    seed: int = 0,
) -> Generator[tuple[int, int], None, None]:
    """Write synthetic smears, yielding (fields done, fields in all) after each.

    ``folder/<laboratory>/<patient>/field-01.jpg`` …, ``folder/metadata.csv`` (one row
    per picture), and under ``folder/truth`` for each picture a label image, the label
    image of its nuclei (``…_nucleus.tif``) and ``cells.csv``. The first patient of each
    laboratory is healthy, the others go through the diagnoses, so that laboratory and
    disease are not confounded. Every picture says in its comment and EXIF that it is
    synthetic; the tables are rewritten after each field, so that an interrupted folder
    is consistent.

    Parameters
    ----------
    folder
        Made where it is missing; files of the same names are replaced.
    laboratories
        How many of ``LABORATORIES``.
    patients
        Per laboratory, one slide each.
    fields
        Per patient.
    seed
        The same seed gives the same bytes.

    Raises
    ------
    BadInputError
        A number is out of range, or the folder cannot be written.
    """
    if not 1 <= laboratories <= len(LABORATORIES) or patients < 1 or fields < 1:
        raise BadInputError(
            f"{laboratories} laboratories, {patients} patients and {fields} fields "
            "cannot be made.",
            f"Ask for 1 to {len(LABORATORIES)} laboratories and at least one of each.",
        )
    people = list(_patients(laboratories, patients))
    total = len(people) * fields
    metadata: list[tuple[object, ...]] = []
    cells: list[tuple[object, ...]] = []
    try:
        (folder / "truth").mkdir(parents=True, exist_ok=True)
        (folder / "truth" / NO_PICTURES).touch()
        (folder / "README.txt").write_text(_README, encoding="utf-8")
        for i, patient in enumerate(people):
            for number in range(1, fields + 1):
                image = (
                    f"{patient.laboratory.name}/{patient.name}/field-{number:02d}.jpg"
                )
                truth = _write_field(folder, image, patient, seed, number)
                metadata.append(_metadata_row(image, patient))
                cells += _cell_rows(image, truth)
                _write_table(folder / "metadata.csv", METADATA_COLUMNS, metadata)
                _write_table(folder / "truth/cells.csv", CELL_COLUMNS, cells)
                yield i * fields + number, total
    except OSError as error:
        raise BadInputError(
            f"The synthetic smears cannot be written to {folder} ({error}).",
            "Choose a folder that you may write to, on a disk with room.",
        ) from error


def _patients(laboratories: int, patients: int) -> Iterator[_Patient]:
    healthy, *ill = DIAGNOSES.values()
    for i, laboratory in enumerate(list(LABORATORIES.values())[:laboratories]):
        yield _Patient(laboratory, healthy, 1)
        for number in range(2, patients + 1):
            yield _Patient(laboratory, ill[(i + number - 2) % len(ill)], number)


def _write_field(
    folder: Path, image: str, patient: _Patient, seed: int, number: int
) -> SyntheticField:
    smear_seed = 1000 * seed + patient.number
    field, jpeg = make_field_with_jpeg(
        patient.laboratory, patient.diagnosis, number, smear_seed
    )
    path = folder / image
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg)
    truth = (folder / "truth" / image).with_suffix(".tif")
    truth.parent.mkdir(parents=True, exist_ok=True)
    _write_labels(truth, field.labels)
    _write_labels(truth.with_stem(f"{truth.stem}_nucleus"), field.nuclei)
    return field


def _write_labels(path: Path, labels: np.ndarray) -> None:
    tifffile.imwrite(path, labels, compression="zlib", photometric="minisblack")


def _metadata_row(image: str, patient: _Patient) -> tuple[object, ...]:
    lab = patient.laboratory
    return (
        image, f"{patient.name}-slide", patient.name, lab.site, lab.scanner,
        lab.stain_name, lab.pixel_size_um, patient.diagnosis.name, "true",
    )  # fmt: skip


def _cell_rows(image: str, field: SyntheticField) -> list[tuple[object, ...]]:
    named = zip(field.classes, field.kinds, field.centres.tolist(), strict=True)
    return [
        (image, i, name, kind, f"{x:.2f}", f"{y:.2f}")
        for i, (name, kind, (x, y)) in enumerate(named, start=1)
    ]


def _write_table(
    path: Path, columns: tuple[str, ...], rows: list[tuple[object, ...]]
) -> None:
    new = path.with_suffix(".new")
    with new.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    new.replace(path)
