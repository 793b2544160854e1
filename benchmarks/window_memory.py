"""Memory of the real window over 5,000 labels on real smears, a page in front.

    python benchmarks/window_memory.py [--labels 5000] [--page Label] [--fields 24]

Fields of bccd are searched and described into a study; then each label takes the next
cell in hand, brings it into view on its field and labels it as a key does, with the
live classifier following. The first lap over the cells fills the caches of pictures;
what comes after it is growth. Beside it, what undo costs that keeps a copy of the
column of labels for each step.
"""

import argparse
import ctypes
import gc
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from _data import SHARED, give_display, save

from napari_dinobloom.core import run
from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.workflows import AddPictures, RunOptions, run_steps

EVERY = 500
CLASSES = ("lymphocyte", "monocyte", "neutrophil", "eosinophil")


def make_study(folder: Path, fields: int) -> None:
    """Search and describe every fifteenth field of bccd."""
    pictures = sorted((SHARED / "bccd/JPEGImages").glob("*.jpg"))[::15][:fields]
    with create_study(folder) as opened:
        study = opened.study
        run(AddPictures.from_study(study, pictures), study)
        for step in run_steps(RunOptions(workers=1)):
            task = step(study)
            if task is not None:
                run(task, study)


def resident_mib() -> float:
    """What of this process lies in memory now, without what was given back."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def label_all(viewer: Any, folder: Path, page: str, labels: int) -> list[float]:
    """MiB before the first and after every 500 labels."""
    from qtpy.QtTest import QTest
    from qtpy.QtWidgets import QApplication

    from napari_dinobloom.gui import plugin

    dock = plugin.show_dock(viewer)
    session = plugin.session_of(viewer)
    plugin.open_study_in(viewer, folder)
    QTest.qWait(5_000)
    bar = dock.pages.tabs.tabBar()
    titles = [bar.tabText(i) for i in range(bar.count())]
    bar.setCurrentIndex(titles.index(page))
    ids = session.desk.study.cells.cell_id.tolist()
    draw = np.random.default_rng(0)
    taken = []
    for n in range(labels + 1):
        if n % EVERY == 0:
            taken.append(resident_mib())
            print(f"{n:6,} labels  {taken[-1]:8.1f} MiB", flush=True)
        cell_id = ids[n % len(ids)]
        session.selection.take([cell_id], current=cell_id)
        session.field.show_cell(cell_id)
        session.labeller.label(CLASSES[draw.integers(len(CLASSES))])
        for _ in range(3):
            QApplication.processEvents()
        if n % 25 == 0:
            QTest.qWait(30)
    session.close()
    return taken


def main() -> None:
    """Print memory and its growth after the first lap."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=5_000)
    parser.add_argument("--fields", type=int, default=24)
    parser.add_argument("--page", default="Label")
    chosen = parser.parse_args()
    screen = give_display()
    import napari

    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "bccd.study"
        make_study(folder, chosen.fields)
        viewer = napari.Viewer(show=True)
        viewer.window.resize(1366, 768)
        start = time.perf_counter()
        taken = label_all(viewer, folder, chosen.page, chosen.labels)
        seconds = time.perf_counter() - start
        with open_study(folder, read_only=True) as opened:
            n_cells = len(opened.study.cells)
        viewer.close()
    first = n_cells // EVERY + 1  # caches are full after one lap
    rest = taken[first:]
    slope = statistics.linear_regression(range(len(rest)), rest).slope
    growth = slope * 1_000 / EVERY
    copies = chosen.labels * n_cells / 2**20
    print(
        f"{n_cells} cells, page {chosen.page}: {growth:+.1f} MiB per 1,000 labels "
        f"after the first lap ({rest[0]:.0f} → {rest[-1]:.0f} MiB); a copy of the "
        f"label column per step: {copies:.1f} MiB; {seconds:.0f} s"
    )
    rows = {"page": chosen.page, "mib": taken, "per_1000": growth, "copies": copies}
    save("window_memory", rows)
    del screen


if __name__ == "__main__":
    main()
