"""`kill -9` at any moment: what was said is there, and the study opens."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.storage import create_study, open_study

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="Windows has no kill -9"
)

LABEL = """
import sys
from pathlib import Path
from napari_dinobloom.storage import open_study
from napari_dinobloom.study import LabelRecord, SetLabels, now

opened = open_study(Path(sys.argv[1]), "Ada")
assert not opened.read_only, opened.study.read_only_reason
study = opened.study
print("ready", flush=True)
number = len(study.labels)
while True:
    cell_id = 1 + number % 6
    record = LabelRecord(cell_id, f"class {number}", "Ada", now())
    study.apply(SetLabels((record,)))
    print(f"{cell_id} class {number}", flush=True)
    number += 1
"""

EMBED = """
import sys
from pathlib import Path
import numpy as np
import anndata, zarr
from napari_dinobloom.storage import open_study
from napari_dinobloom.study import Rows

opened = open_study(Path(sys.argv[1]), "Ada")
assert not opened.read_only, opened.study.read_only_reason
study = opened.study
matrix = study.features("morph")
todo = study.cells.cell_id[~np.isin(study.cells.cell_id, matrix.cell_ids)]
print("ready", flush=True)
for ids in np.array_split(todo, max(1, len(todo) // 5)):
    study.add_feature_rows("morph", Rows(ids, np.stack([ids, ids * 2.0], axis=1)))
    print(" ".join(map(str, ids)), flush=True)
    if ids[0] % 2:
        opened.save()
while True:
    study.redo() or study.undo()  # the map goes and comes: cells.zarr differs
    opened.save()
"""


def killed(script: str, folder: Path, after: float, errors: Path) -> list[str]:
    """What a process printed before SIGKILL, that many seconds after it was ready."""
    with (
        errors.open("w") as stream,
        subprocess.Popen(
            [sys.executable, "-c", script, str(folder)],
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        ) as process,
    ):
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first == "ready\n", errors.read_text()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().splitlines()
    assert process.returncode == -signal.SIGKILL, errors.read_text()
    return lines


def test_every_label_that_was_given_survives_fifty_kills(
    tmp_path: Path, put_picture
) -> None:
    folder = tmp_path / "a.study"
    opened = create_study(folder, "Ada")
    put_picture(opened.study, "S", tmp_path / "a.png", 6)
    opened._journal.close()
    opened._lock.release()
    moments = random.Random(7)
    said: list[str] = []
    for _ in range(50):
        said += killed(LABEL, folder, moments.uniform(0, 0.05), tmp_path / "errors")
        with open_study(folder, read_only=True) as reopened:
            study = reopened.study
            stands = [f"{r.cell_id} {r.class_name}" for r in study.labels]
        # At most the label that was being printed is more than what was printed.
        assert stands[: len(said)] == said
        assert len(stands) - len(said) <= 1
        said = stands
    assert len(said) > 50
    with open_study(folder) as reopened:
        assert not reopened.read_only
        assert reopened.study.undo_summary.startswith("label 1 cell class")


def test_features_survive_kills_while_they_are_added_and_saved(
    tmp_path: Path, put_picture, small_study: Path
) -> None:
    with open_study(small_study, "Ada") as opened:
        put_picture(opened.study, "smear 2", tmp_path / "b.png", 200)
    moments = random.Random(11)
    announced = {1, 2, 3, 4}
    for _ in range(12):
        lines = killed(EMBED, small_study, moments.uniform(0, 1), tmp_path / "errors")
        announced |= {int(cell_id) for line in lines for cell_id in line.split()}
        with open_study(small_study, read_only=True) as reader:
            assert reader.study.labels.labels()[1] == "blast"
        opened = open_study(small_study, "Ada")
        rows = opened.study.features("morph").rows
        assert announced <= set(rows.cell_ids.tolist())
        assert len(rows) - len(announced) <= 6
        announced = set(rows.cell_ids.tolist())
        new = rows.cell_ids > 6
        assert np.array_equal(rows.values[new, 1], 2.0 * rows.cell_ids[new])
        opened._journal.close()
        opened._lock.release()
    with open_study(small_study) as reopened:
        reopened.save()
    leftovers = [p.name for p in small_study.iterdir()]
    assert not {"cells.zarr.new", "cells.zarr.old"} & set(leftovers)
    head = json.loads(_text(small_study / "cells.zarr"))
    assert head["results"]["morph"]["version"].endswith(f"/{len(announced)}")


def _text(path: Path) -> str:
    import anndata

    return str(anndata.read_zarr(path).uns["napari_dinobloom"])


def test_the_lock_is_free_after_a_kill(small_study: Path, tmp_path: Path) -> None:
    killed(LABEL, small_study, 0.01, tmp_path / "errors")
    assert (small_study / "writer.json").exists()
    with open_study(small_study) as opened:
        assert not opened.read_only
