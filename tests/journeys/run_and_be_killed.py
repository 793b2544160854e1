"""Run the main job again and again on one study, killed at random moments.

A program of its own, not a test: it forks, and a test process has threads. Every child
opens the study and goes on with the run, telling each commit that has returned; the
parent kills it and looks at what is there. Prints JSON for the test to judge.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from napari_dinobloom.core import Partial
from napari_dinobloom.storage import open_or_create, open_study
from napari_dinobloom.workflows import AddPictures, EmbedCells, SegmentPictures


def main(smears: Path, folder: Path, seed: int, moments: int) -> None:
    """Kill so many children, then let one finish."""
    random.seed(seed)
    warm_up(smears, folder.with_name("warm-up.study"))
    lost, kills, moment = [], 0, 0
    while kills < moments and moment < 4 * moments:
        moment += 1
        told, killed = one_life(smears, folder, random.uniform(0.0, 0.5))
        kills += killed
        lost += missing(folder, told)
        if not killed:
            # The run is complete: start a new one, over the old one's cells.
            with open_study(folder) as opened:
                while opened.study.undo():
                    pass
    one_life(smears, folder, None)
    with open_study(folder) as opened:
        study = opened.study
        total = {
            "kills": kills,
            "lost": lost,
            "pictures": len(study.pictures),
            "searched": len(study.findings),
            "cells": len(study.cells),
            "embedded": int(
                study.features("morphology").rows.of(study.cells.cell_id)[1].sum()
            ),
            "unreadable_masks": sum(study.masks_of(p) is None for p in study.findings),
        }
    print(json.dumps(total))  # noqa: T201 - the test reads it


def warm_up(smears: Path, folder: Path) -> None:
    """Import and compile everything before the first fork."""
    with open_or_create(folder) as opened:
        for _ in steps(opened.study, smears):
            pass


def steps(study, smears: Path):
    """The main job in this process; yields after each commit what is now safe."""
    for make in (
        lambda s: AddPictures.from_study(s, [smears]),
        lambda s: SegmentPictures.from_study(s, workers=1),
        EmbedCells.from_study,
    ):
        task = make(study)
        work = task.compute()
        while True:
            try:
                step = next(work)
            except StopIteration as stop:
                if stop.value is not None:
                    task.commit(study, stop.value)
                break
            if isinstance(step, Partial):
                task.commit(study, step.result)
                yield (
                    [
                        [picture_id, finding.cells.cell_id.tolist()]
                        for picture_id, finding in study.findings.items()
                    ],
                    len(study.features("morphology"))
                    if study.names_of("features")
                    else 0,
                )


def one_life(smears: Path, folder: Path, seconds: float | None) -> tuple[list, bool]:
    """What a child told before it was killed, and whether it was."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out, open_or_create(folder) as opened:
            print("open", file=out, flush=True)
            for safe in steps(opened.study, smears):
                print(json.dumps(safe), file=out, flush=True)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        if seconds is not None:
            told.readline()
            time.sleep(seconds)  # the random moment itself
            os.kill(child, signal.SIGKILL)
        lines = [line for line in told if line.endswith("]\n")]
    _, status = os.waitpid(child, 0)
    return [json.loads(line) for line in lines], os.WIFSIGNALED(status)


def missing(folder: Path, told: list) -> list[str]:
    """What a child had told and what is not there after a reopen."""
    if not told:
        return []
    findings, embedded = told[-1]
    gone = []
    with open_study(folder) as opened:
        study = opened.study
        for picture_id, ids in findings:
            there = study.findings.get(picture_id)
            if there is None or there.cells.cell_id.tolist() != ids:
                gone.append(f"cells of picture {picture_id}")
            elif study.masks_of(picture_id) is None:
                gone.append(f"masks of picture {picture_id}")
        have = len(study.features("morphology")) if study.names_of("features") else 0
        if have < embedded:
            gone.append(f"{embedded - have} of {embedded} feature rows")
    return gone


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
