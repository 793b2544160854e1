"""Label, mark, undo and redo in one study, killed at random moments again and again.

A program of its own, not a test: `python label_and_be_killed.py FOLDER KILLS SEED`. The
judge keeps a study in memory and does there what each worker says it did; after a kill
the study on disk must be as that one is, or one act further. Prints JSON.

::

    judge ──"seed"──► nursery ──fork──► worker ──"about ACT", "done"──► judge
      └────────────────── kill -9 at a random moment ──┘
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import numpy as np

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.study import (
    CellTable,
    ChangeSlides,
    Finding,
    Picture,
    Recipe,
    ReplaceCells,
    SetTaxonomy,
    Slide,
    Study,
    Taxonomy,
)
from napari_dinobloom.workflows import (
    accept_predictions,
    clear_labels,
    label_cells,
    mark_unsure,
)

CELLS, CLASSES = 2000, ("blast", "Lymphozyt", "monocyte", "赤芽球")
LONGEST_LIFE_S = 0.25
ACTS = ("label",) * 8 + ("bulk", "accept", "unsure", "clear", "undo", "undo", "redo")


def fill(study: Study) -> None:
    """Cells without labels, and the classes."""
    study.reserve_picture_ids(1)
    study.apply(ChangeSlides({"S": Slide("S")}, {1: Picture(1, "S", Path("/1"), 9, 9)}))
    ids = study.reserve_cell_ids(CELLS) + np.arange(CELLS)
    cells = CellTable(ids, np.ones(CELLS), *[np.zeros(CELLS)] * 12)
    study.apply(ReplaceCells({1: Finding(cells, Recipe("smear"))}))
    study.apply(SetTaxonomy(Taxonomy().extended(CLASSES)))


def chosen_act(dice: random.Random) -> list:
    """Verb, cells, class."""
    verb = dice.choice(ACTS)
    n = 1 if verb == "label" else dice.randint(2, 600)  # some are kept in one row
    if dice.random() < 0.01:
        verb = "close"
    return [verb, dice.sample(range(1, CELLS + 1), n), dice.choice(CLASSES)]


def act(study: Study, verb: str, ids: list[int], name: str) -> None:
    """Do one act, as a key or a menu would."""
    if verb in ("label", "bulk"):
        label_cells(study, ids, name)
    elif verb == "accept":
        n = len(ids)
        accept_predictions(study, sorted(ids), [0] * n, (name,), [0.9] * n, "1f0c")
    elif verb == "unsure":
        mark_unsure(study, ids)
    elif verb == "clear":
        clear_labels(study, ids)
    elif verb == "undo" and study.labels:  # the cells themselves are to stay
        study.undo()
    elif verb == "redo":
        study.redo()


# -- the one who is killed -------------------------------------------------------


def nursery(folder: Path) -> None:
    """Import once; fork a worker for each seed; say when it is dead."""
    import anndata
    import zarr  # noqa: F401 - before the fork

    anndata.AnnData()
    for line in sys.stdin:
        if pid := os.fork():
            os.waitpid(pid, 0)
            say("dead")
            continue
        work(folder, random.Random(int(line)))


def work(folder: Path, dice: random.Random) -> None:
    """Label until killed."""
    opened = open_study(folder, "Ada")
    say(str(os.getpid()))
    while True:
        verb, ids, name = chosen_act(dice)
        say(f"about {json.dumps([verb, ids, name])}")
        if verb == "close":
            saving = Thread(target=opened.put_away())
            saving.start()
            opened = open_study(folder, "Ada")
            saving.join()
        else:
            act(opened.study, verb, ids, name)
        say("done")


def say(text: str) -> None:
    """One write, which a kill cannot cut in two."""
    os.write(1, f"{text}\n".encode())


# -- the judge -------------------------------------------------------------------


def life(worker: subprocess.Popen, seed: int, seconds: float) -> list[str]:
    """What a worker said until it was killed."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(f"{seed}\n")
    worker.stdin.flush()
    pid = int(worker.stdout.readline())
    # Else a full pipe would hold the worker up.
    said: list[str] = []
    ear = Thread(target=lambda: said.extend(iter(worker.stdout.readline, "dead\n")))
    ear.start()
    time.sleep(seconds)  # the random moment itself
    os.kill(pid, signal.SIGKILL)
    ear.join()
    return said


def seen(study: Study) -> tuple:
    """All that was said, and what undo and redo would do."""
    said = [
        (r.cell_id, r.class_name, r.source, r.prediction, r.note) for r in study.labels
    ]
    return said, study.undo_summary, study.redo_summary


def judge(folder: Path, kills: int, seed: int) -> dict[str, int]:
    """Kill so often; count what was lost."""
    dice = random.Random(seed)
    with create_study(folder, "Ada") as opened:
        fill(opened.study)
    model = Study(author="Ada")
    fill(model)
    names = ("kills", "acts", "whole", "gone", "lost", "not opened", "undo failed")
    counts = dict.fromkeys(names, 0)
    command = [sys.executable, __file__, "nursery", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        while counts["kills"] < kills:
            said = life(worker, dice.randrange(2**30), dice.uniform(0, LONGEST_LIFE_S))
            in_flight = follow(model, said, counts)
            examine(folder, model, in_flight, counts)
            counts["kills"] += 1
        worker.stdin.close()
    return counts


def follow(model: Study, said: list[str], counts: dict[str, int]) -> list | None:
    """Do in memory what was told as done; return what was under way."""
    under_way = None
    for line in said:
        if line.startswith("about "):
            under_way = json.loads(line.removeprefix("about "))
        elif under_way is not None:
            act(model, *under_way)
            counts["acts"] += 1
            under_way = None
    return under_way


def examine(
    folder: Path, model: Study, in_flight: list | None, counts: dict[str, int]
) -> None:
    """Compare what is on disk with what should be there; undo and redo once."""
    try:
        opened = open_study(folder, "Ada")
    except DinoBloomError:
        counts["not opened"] += 1
        return
    with ExitStack() as at_end:
        if counts["kills"] % 10:
            # Writing the table for other programs each time would take most of the
            # time; to let go without it is what a kill does.
            at_end.callback(opened._lock.release)
            at_end.callback(opened._journal.close)
        else:
            at_end.callback(opened.close)
        study = opened.study
        found = seen(study)
        if found == seen(model):
            counts["gone"] += in_flight is not None
        elif (
            in_flight is not None and (act(model, *in_flight), seen(model))[1] == found
        ):
            counts["whole"] += 1
        else:
            counts["lost"] += 1
        undone = study.undo(), model.undo()
        same = undone[0] == undone[1] and seen(study) == seen(model)
        redone = study.redo(), model.redo()
        same = same and redone[0] == redone[1] and seen(study) == seen(model)
        counts["undo failed"] += not same


if __name__ == "__main__":
    if sys.argv[1] == "nursery":
        nursery(Path(sys.argv[2]))
    else:
        result = judge(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
        print(json.dumps(result))  # noqa: T201 - the test reads it
