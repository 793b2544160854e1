"""JSON that nobody vouches for."""

import json
from pathlib import Path
from typing import Any

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.foreign.cells import MOST_BYTES


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises
    ------
    BadInputError
        If it cannot be read, is no JSON, or is too large to be parsed safely.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise BadInputError(
                f"{path} has {size / 1e6:,.0f} MB; at most {MOST_BYTES // 10**6} MB "
                "of outlines are read at once.",
                "Export each picture into a file of its own.",
            )
        return json.loads(path.read_bytes())
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be opened ({error.strerror or error}).", "Check the path."
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadInputError(
            f"{path} is not valid JSON ({str(error)[:200] or type(error).__name__}).",
            "Export it again from the program that made it.",
        ) from error
