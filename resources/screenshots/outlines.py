"""One sheet per public set: fields with the outlines that the smear segmenter draws.

    python resources/screenshots/outlines.py [--sets bccd,...] [--fields N]

Writes ``outlines-SET.jpg`` beside this file, much reduced. Green: white cells, with
their nuclei in blue; yellow: red cells; cyan: platelets; magenta: other.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from napari_dinobloom.segmentation import Segmentation, segmenters

HERE = Path(__file__).resolve().parent
SHARED = Path(
    os.environ.get("NAPARI_DINOBLOOM_SHARED_DATA", HERE.parents[2] / "shared/data")
)
ENDINGS = (".jpg", ".png")
COLOURS = {
    "wbc": (0, 200, 0),
    "rbc": (240, 220, 0),
    "platelet": (0, 220, 220),
    "other": (255, 0, 255),
}
_TILE = (400, 320)
_NOTE = 14
_LARGEST = 1_500_000


def outlined(
    rgb: np.ndarray, found: Segmentation, size: tuple[int, int]
) -> Image.Image:
    """The picture at a size, with lines one pixel wide at that size."""
    scale = min(size[0] / rgb.shape[1], size[1] / rgb.shape[0])
    shape = (max(1, round(rgb.shape[0] * scale)), max(1, round(rgb.shape[1] * scale)))
    picture = np.array(
        Image.fromarray(rgb).resize(shape[::-1], Image.Resampling.LANCZOS)
    )
    rows = np.arange(shape[0]) * rgb.shape[0] // shape[0]
    columns = np.arange(shape[1]) * rgb.shape[1] // shape[1]
    at = np.ix_(rows, columns)
    palette = np.array([(0, 0, 0), *(COLOURS[k] for k in found.kinds)], np.uint8)
    for mask, colour in ((found.labels[at], palette), (found.nuclei[at], None)):
        line = (mask > 0) & rim(mask)
        picture[line] = (40, 60, 255) if colour is None else colour[mask[line]]
    return Image.fromarray(picture)


def rim(labels: np.ndarray) -> np.ndarray:
    """Pixels that have a neighbour with another number."""
    edge = np.zeros(labels.shape, bool)
    down = labels[1:] != labels[:-1]
    right = labels[:, 1:] != labels[:, :-1]
    edge[1:] |= down
    edge[:-1] |= down
    edge[:, 1:] |= right
    edge[:, :-1] |= right
    return edge


def sheet(paths: list[Path], across: int) -> Image.Image:
    """All the pictures, each with its name and what was found."""
    segment = segmenters.create("smear").segment
    width, height = _TILE
    down = -(-len(paths) // across)
    page = Image.new("RGB", (across * width, down * (height + _NOTE)), (20, 20, 20))
    pen = ImageDraw.Draw(page)
    for i, path in enumerate(paths):
        rgb = np.asarray(Image.open(path).convert("RGB"))
        found = segment(rgb)
        left, top = (i % across) * width, (i // across) * (height + _NOTE)
        counts = ", ".join(f"{found.kinds.count(k)} {k}" for k in COLOURS)
        pen.text((left + 3, top + 1), f"{path.stem[:16]}  {counts}", (230, 230, 230))
        page.paste(outlined(rgb, found, (width - 4, height)), (left, top + _NOTE))
    return page


def main() -> None:
    """Write the sheets that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default="")
    parser.add_argument("--fields", type=int, default=16)
    options = parser.parse_args()
    by_set: dict[str, list[Path]] = {}
    for path in sorted(SHARED.rglob("*")):
        if path.suffix.lower() in ENDINGS:
            by_set.setdefault(path.relative_to(SHARED).parts[0], []).append(path)
    for name in options.sets.split(",") if options.sets else by_set:
        paths = by_set[name]
        chosen = [
            paths[i * len(paths) // options.fields] for i in range(options.fields)
        ]
        page, target = sheet(chosen, across=4), HERE / f"outlines-{name}.jpg"
        for quality in (88, 80, 70, 60):
            page.save(target, quality=quality, optimize=True)
            if target.stat().st_size < _LARGEST:
                break


if __name__ == "__main__":
    main()
