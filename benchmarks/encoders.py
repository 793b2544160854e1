"""How well encoders tell the eight classes of pbc_acevedo apart, and how quickly.

Stratified 5-fold, unshuffled, k nearest neighbours (1 and 20) and logistic regression
on standardised features, as in DinoBloom's own evaluation; rivals: statistics of colour
alone, a loop over skimage's regionprops, and the same features shuffled among the cells
(chance). Speed is per second of processor time on one core, so that other work on the
machine does not count. One laboratory, no patient ids: this says that an encoder sees
morphology, not that it transfers.
"""

import argparse
import csv
import os
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from _data import SHARED, save
from PIL import Image

from napari_dinobloom.encoding import CellImages, encoders


def read_cells(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole pictures squashed to squares, (n, side, side, 3) uint8, and classes."""
    folder = SHARED / "pbc_acevedo"
    with (folder / "labels.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    windows = [
        np.asarray(
            Image.open(folder / row["image"])
            .convert("RGB")
            .resize((side, side), Image.Resampling.BILINEAR)
        )
        for row in rows
    ]
    return np.stack(windows), np.array([row["class"] for row in rows])


def colour_statistics(windows: np.ndarray) -> np.ndarray:
    """54 numbers per picture: per channel, its moments, percentiles and histogram."""
    pixels = windows.reshape(len(windows), -1, 3).astype(np.float32)
    percentiles = np.percentile(pixels, (5, 25, 50, 75, 95), axis=1)
    columns = [pixels.mean(axis=1), pixels.std(axis=1), *percentiles]
    columns += [
        ((pixels >= low) & (pixels < low + 256 / 11)).mean(axis=1)
        for low in np.arange(11) * 256 / 11
    ]
    return np.concatenate(columns, axis=1)


def regionprops_loop(windows: np.ndarray) -> np.ndarray:
    """The usual way: Otsu, regionprops, co-occurrence and patterns, cell by cell."""
    from skimage.feature import graycomatrix, graycoprops, local_binary_pattern
    from skimage.filters import threshold_otsu
    from skimage.measure import label, regionprops

    shapes = (
        "area",
        "perimeter",
        "eccentricity",
        "solidity",
        "extent",
        "axis_major_length",
    )
    textures = ("contrast", "correlation", "homogeneity", "energy")
    rows = []
    for window in windows:
        stain = 255 - window[..., 1]
        labels = label(stain > threshold_otsu(stain))
        middle = np.array(labels.shape) / 2
        regions = [
            r for r in regionprops(labels, intensity_image=window) if r.area > 50
        ]
        cell = min(regions, key=lambda r: np.hypot(*(np.array(r.centroid) - middle)))
        top, left, bottom, right = cell.bbox
        crop = stain[top:bottom, left:right] // 8
        pairs = graycomatrix(crop, (1, 2, 4), np.arange(4) * np.pi / 4, levels=32)
        patterns = local_binary_pattern(crop, 8, 1, "uniform")[cell.image]
        row = [*(getattr(cell, name) for name in shapes), *cell.moments_hu]
        row += [*cell.intensity_mean, *window[labels == cell.label].std(axis=0)]
        row += [v for name in textures for v in graycoprops(pairs, name).mean(axis=1)]
        row += [*np.histogram(patterns, 10, (0, 10), density=True)[0]]
        rows.append(row)
    return np.array(rows)


def scores(features: np.ndarray, classes: np.ndarray, scale: bool) -> dict[str, float]:
    """Accuracy of three classifiers, and balanced accuracy of the neighbours."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, balanced_accuracy_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known = features[:, np.isfinite(features).any(axis=0)]
    strength = known.shape[1] * len(np.unique(classes)) / 100
    classifiers = {
        "knn1": KNeighborsClassifier(1),
        "knn20": KNeighborsClassifier(20),
        "logistic": LogisticRegression(C=strength if not scale else 0.1, max_iter=1000),
    }
    found = {}
    for name, classifier in classifiers.items():
        steps = [SimpleImputer(strategy="median")]
        steps += [StandardScaler()] if scale else []
        model = make_pipeline(*steps, classifier)
        said = cross_val_predict(model, known, classes, cv=StratifiedKFold(5))
        found[name] = float(accuracy_score(classes, said))
        found[f"{name}_balanced"] = float(balanced_accuracy_score(classes, said))
    return found


def timed(encode: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    started = time.process_time()
    features = encode()
    return features, len(features) / (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoders", nargs="*", default=["morphology"])
    parser.add_argument("--side", type=int, default=360, help="px of a cell's window")
    asked = parser.parse_args()
    windows, classes = read_cells(asked.side)
    jobs: dict[str, tuple[Callable[[], np.ndarray], bool]] = {
        "colour only": (lambda: colour_statistics(windows), True),
        "regionprops loop": (lambda: regionprops_loop(windows), True),
    }
    for name in asked.encoders:
        encoder = encoders.create(name)
        scale = encoder.info.scaling == "standard"
        jobs[name] = (
            lambda encoder=encoder: encoder.encode(CellImages(windows)),
            scale,
        )
    rows, features = [], np.empty(0)
    print("encoder             d  kNN-1 kNN-20 logreg  cells/s")
    for name, (encode, scale) in jobs.items():
        features, speed = timed(encode)
        rows.append(report(name, features, classes, scale, speed))
    shuffled = np.random.default_rng(0).permutation(features)
    rows.append(report("chance", shuffled, classes, True, float("nan")))
    print(save("encoders", rows))


def report(
    name: str, features: np.ndarray, classes: np.ndarray, scale: bool, speed: float
) -> dict[str, object]:
    found = scores(features, classes, scale)
    print(
        f"{name:16} {features.shape[1]:4} {found['knn1']:6.3f} {found['knn20']:6.3f} "
        f"{found['logistic']:6.3f} {speed:8.0f}"
    )
    row: dict[str, object] = {"encoder": name, "dimension": features.shape[1]}
    return row | found | {"cells_per_second": None if np.isnan(speed) else speed}


if __name__ == "__main__":
    main()
