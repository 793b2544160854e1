"""How exactly cells are outlined, on synthetic smears whose every pixel is known.

    python benchmarks/segmentation_truth.py [--fields N] [--workers N]

The built-in sample smears of all laboratories and diagnoses, beside an Otsu threshold.
``F1 .5`` and ``F1 .75``: cells of the same kind matched one to one by the overlap of
their masks; cells that show less than a quarter of a red cell are left out of the truth
and, where they are found, not held against the method. ``cell Dice`` and ``nucleus
Dice``: over matched white cells; ``same cells``: nucleus Dice over those that every
method matched, because Otsu matches only cells that their nucleus fills, the easy ones.
``split``: share of true white cells of which two or
more found cells hold a fifth each; ``merged``: share of found white cells that hold the
middle of two or more true ones. ``N:C off``: median difference between the found and
the true share of the nucleus.

A drawn smear is neater than a real one: these figures rank methods, and promise
nothing about the clinic.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, fields

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from _data import save
from _otsu import otsu

from napari_dinobloom.imaging.synthetic import (
    DIAGNOSES,
    LABORATORIES,
    SyntheticField,
    make_field,
)
from napari_dinobloom.segmentation import Segmentation, segmenters

METHODS = {"smear": segmenters.create("smear").segment, "otsu": otsu}
_SPECK = 0.25  # in red-cell areas
_RED_CELL_UM = 7.5
_SHARE = 0.2


@dataclass
class Counts:
    """Of one kind of cell in some fields."""

    truth: int = 0
    found: int = 0
    half: int = 0
    three_quarters: int = 0
    split: int = 0
    merged: int = 0
    cell_dice: list[float] = field(default_factory=list)
    nucleus_dice: list[float] = field(default_factory=list)
    nucleus_both: list[float] = field(default_factory=list)
    ratio_off: list[float] = field(default_factory=list)

    def __iadd__(self, other: "Counts") -> "Counts":
        for name in (f.name for f in fields(self)):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def f1(self, matched: int) -> float | None:
        """Of that many matches; None without any cell."""
        both = self.truth + self.found
        return round(2 * matched / both, 3) if both else None


def common_pixels(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(found + 1, truth + 1) pixels that two label images share, 0 the background."""
    rows, columns = int(found.max()) + 1, int(truth.max()) + 1
    pairs = found.ravel().astype(np.int64) * columns + truth.ravel()
    return np.bincount(pairs, minlength=rows * columns).reshape(rows, columns)


def of_kind(labels: np.ndarray, kinds: tuple[str, ...], kind: str) -> np.ndarray:
    """The label image of one kind, numbered 1 … n."""
    wanted = np.array([False, *(k == kind for k in kinds)])
    return np.where(wanted, np.cumsum(wanted), 0)[labels]


def count(
    result: Segmentation, smear: SyntheticField, kind: str
) -> tuple[Counts, dict[int, float]]:
    """Compare the cells of one kind; also the nucleus Dice of each true one matched."""
    found = of_kind(result.labels, result.kinds, kind)
    truth = of_kind(smear.labels, smear.kinds, kind)
    shared = common_pixels(found, truth)
    areas_found, areas_truth = shared.sum(1), shared.sum(0)
    speck = _SPECK * np.pi / 4 * (_RED_CELL_UM / smear.pixel_size_um) ** 2
    union = areas_found[:, None] + areas_truth[None] - shared
    iou = shared / np.maximum(union, 1)
    iou[0, :] = iou[:, 0] = 0
    counts = Counts()
    pairs = []
    while iou.size and iou.max() >= 0.5:  # above a half every match is the only one
        i, j = (int(k) for k in np.unravel_index(iou.argmax(), iou.shape))
        pairs.append((i, j, float(iou[i, j])))
        iou[i, :] = iou[:, j] = 0
    large = np.flatnonzero(areas_truth[1:] >= speck) + 1
    specks = np.flatnonzero(areas_truth < speck)
    on_speck = shared[:, specks].sum(1) > 0.5 * np.maximum(areas_found, 1)
    partner = {i for i, j, _ in pairs if j in set(large)}
    counts.truth = len(large)
    counts.found = sum(
        1
        for i in range(1, len(areas_found))
        if i in partner or not (on_speck[i] or areas_found[i] < speck)
    )
    good = [(i, j, overlap) for i, j, overlap in pairs if areas_truth[j] >= speck]
    counts.half = len(good)
    counts.three_quarters = sum(overlap >= 0.75 for *_, overlap in good)
    nuclei: dict[int, float] = {}
    if kind != "wbc":
        return counts, nuclei
    parts = shared[1:, :] >= _SHARE * np.maximum(areas_truth, 1)[None]
    counts.split = int((parts.sum(0)[large] > 1).sum())
    held = shared[1:, 1:] >= 0.5 * np.maximum(areas_truth[1:], 1)[None]
    counts.merged = int((held.sum(1) > 1).sum())
    nuclei_found = np.where(found > 0, (result.nuclei > 0) * found, 0)
    nuclei_truth = np.where(truth > 0, (smear.nuclei > 0) * truth, 0)
    for i, j, _ in good:
        a, b = found == i, truth == j
        na, nb = nuclei_found == i, nuclei_truth == j
        counts.cell_dice.append(dice(a, b))
        if nb.any():
            nuclei[j] = dice(na, nb)
            counts.ratio_off.append(abs(na.sum() / a.sum() - nb.sum() / b.sum()))
    counts.nucleus_dice.extend(nuclei.values())
    return counts, nuclei


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Twice the common pixels over all pixels of both."""
    return float(2 * (a & b).sum() / max(a.sum() + b.sum(), 1))


def compare(job: tuple[str, str, int]) -> dict[tuple[str, str, str], Counts]:
    """Both methods on one field: counts by laboratory, method and kind."""
    laboratory, diagnosis, seed = job
    smear = make_field(laboratory, diagnosis, seed, smear_seed=1)
    counts, nuclei = {}, {}
    for method, segment in METHODS.items():
        result = segment(smear.rgb)
        for kind in ("wbc", "rbc"):
            key = laboratory, method, kind
            counts[key], nuclei[key] = count(result, smear, kind)
    in_all = set.intersection(
        *(set(nuclei[laboratory, method, "wbc"]) for method in METHODS)
    )
    for method in METHODS:
        key = laboratory, method, "wbc"
        counts[key].nucleus_both.extend(nuclei[key][j] for j in sorted(in_all))
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fields", type=int, default=2, help="of each diagnosis")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    options = parser.parse_args()
    jobs = [
        (laboratory, diagnosis, seed)
        for laboratory in LABORATORIES
        for diagnosis in DIAGNOSES
        for seed in range(1, options.fields + 1)
    ]
    totals: dict[tuple[str, str, str], Counts] = {}
    with ProcessPoolExecutor(options.workers) as pool:
        for one in pool.map(compare, jobs, chunksize=2):
            for key, counts in one.items():
                totals.setdefault(key, Counts()).__iadd__(counts)
    table = [row(key, counts) for key, counts in totals.items()]
    for line in (list(table[0]), *(r.values() for r in table)):
        print("".join(f"{'–' if v is None else v!s:>13}" for v in line))
    print(f"{len(jobs)} fields; written to", save("segmentation_truth", table))


def row(key: tuple[str, str, str], counts: Counts) -> dict[str, object]:
    laboratory, method, kind = key

    def middle(values: list[float]) -> float | None:
        return round(float(np.median(values)), 3) if values else None

    white = kind == "wbc"
    return {
        "laboratory": laboratory,
        "method": method,
        "kind": kind,
        "cells": counts.truth,
        "F1 .5": counts.f1(counts.half),
        "F1 .75": counts.f1(counts.three_quarters),
        "cell Dice": middle(counts.cell_dice),
        "nucleus Dice": middle(counts.nucleus_dice),
        "same cells": middle(counts.nucleus_both),
        "N:C off": middle(counts.ratio_off),
        "split": round(counts.split / max(counts.truth, 1), 3) if white else None,
        "merged": round(counts.merged / max(counts.found, 1), 3) if white else None,
    }


if __name__ == "__main__":
    main()
