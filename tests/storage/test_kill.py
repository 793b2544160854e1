"""`kill -9` at any moment: what was said is there, and the study opens."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.storage import create_study, open_study

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="Windows has no kill -9"
)

# Imports once, then forks a worker for each line it reads; says when one is dead.
NURSERY = """
import os, sys
from pathlib import Path
import numpy as np
import anndata, zarr
from napari_dinobloom.storage import open_study
from napari_dinobloom.study import LabelRecord, Rows, SetLabels, now

def say(text):
    # One write: under PYTHONUNBUFFERED print makes two, and a kill may fall between.
    sys.stdout.write(f"{text}\\n")
    sys.stdout.flush()

def label(study, save):
    number = len(study.labels)
    while True:
        cell_id = 1 + number % 6
        record = LabelRecord(cell_id, f"class {number}", "Ada", now())
        study.apply(SetLabels((record,)))
        say(f"{cell_id} class {number}")
        number += 1

def embed(study, save):
    known = study.features("morph").cell_ids
    todo = study.cells.cell_id[~np.isin(study.cells.cell_id, known)]
    for ids in np.array_split(todo, len(todo) // 5) if len(todo) else ():
        study.add_feature_rows("morph", Rows(ids, np.stack([ids, ids * 2.0], axis=1)))
        say(" ".join(map(str, ids)))
        if ids[0] % 2:
            save()
    while True:
        study.redo() or study.undo()  # predictions go and come: cells.zarr differs
        save()
        say("")

for line in sys.stdin:
    if pid := os.fork():
        os.waitpid(pid, 0)
        say("dead")
        continue
    opened = open_study(Path(sys.argv[1]), "Ada")
    assert not opened.read_only, opened.study.read_only_reason
    say(os.getpid())
    {"label": label, "embed": embed}[line.strip()](opened.study, opened.save)
"""


@pytest.fixture
def kill_worker(tmp_path: Path) -> Iterator[Callable[[Path, str, int, int], list[str]]]:
    """Start a worker, let it say so many lines and run so much longer, kill it."""
    with ExitStack() as stack:
        errors = stack.enter_context((tmp_path / "errors").open("w+"))
        nursery: list[subprocess.Popen] = []

        def start(folder: Path) -> subprocess.Popen:
            process = subprocess.Popen(
                [sys.executable, "-c", NURSERY, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        def kill(folder: Path, verb: str, lines: int, spin: int) -> list[str]:
            if not nursery:
                nursery.append(start(folder))
            stdin, stdout = nursery[0].stdin, nursery[0].stdout
            assert stdin is not None
            assert stdout is not None
            stdin.write(f"{verb}\n")
            stdin.flush()
            pid = stdout.readline()
            assert pid.strip().isdigit(), (pid, (tmp_path / "errors").read_text())
            said = [stdout.readline() for _ in range(lines)]
            sum(range(spin))
            os.kill(int(pid), signal.SIGKILL)
            said += iter(stdout.readline, "dead\n")
            return [line.strip() for line in said]

        yield kill


def test_every_label_that_was_given_survives_fifty_kills(
    tmp_path: Path, put_picture, kill_worker
) -> None:
    folder = tmp_path / "a.study"
    opened = create_study(folder, "Ada")
    put_picture(opened.study, "S", tmp_path / "a.png", 6)
    opened._journal.close()
    opened._lock.release()
    moments = random.Random(7)
    said: list[str] = []
    for _ in range(50):
        lines, spin = moments.randrange(6), moments.randrange(200_000)
        said += kill_worker(folder, "label", lines, spin)
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
    tmp_path: Path, put_picture, small_study: Path, kill_worker
) -> None:
    with open_study(small_study, "Ada") as opened:
        put_picture(opened.study, "smear 2", tmp_path / "b.png", 200)
    moments = random.Random(11)
    announced = {1, 2, 3, 4}
    for _ in range(8):
        lines, spin = moments.randrange(3), moments.randrange(3_000_000)
        said = kill_worker(small_study, "embed", lines, spin)
        announced |= {int(cell_id) for line in said for cell_id in line.split()}
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


def test_the_lock_is_free_after_a_kill(small_study: Path, kill_worker) -> None:
    kill_worker(small_study, "label", 1, 0)
    assert (small_study / "writer.json").exists()
    with open_study(small_study) as opened:
        assert not opened.read_only
