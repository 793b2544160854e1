"""From windows to optical density, and to the nucleus and cytoplasm of each cell."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from napari_dinobloom.encoding.morphology.cytoplasm import find_cells
from napari_dinobloom.encoding.morphology.nucleus import find_nuclei
from napari_dinobloom.encoding.morphology.raster import SIDE
from napari_dinobloom.encoding.protocol import CellImages


@dataclass(frozen=True, slots=True)
class Regions:
    """Optical density of each window, and which pixels are nucleus and which cytoplasm.

    Parameters
    ----------
    density
        (n, SIDE, SIDE, 3) float32 optical density above the window's background.
    nucleus, cell
        (n, SIDE, SIDE) bool; the cell includes its nucleus. A cell in which no
        nucleus stands out has an empty one.
    um_per_px
        (n,) float64 µm per resized pixel; nan if unknown.
    """

    density: np.ndarray
    nucleus: np.ndarray
    cell: np.ndarray
    um_per_px: np.ndarray

    @property
    def cytoplasm(self) -> np.ndarray:
        """(n, SIDE, SIDE) bool, the cell without its nucleus."""
        rest: np.ndarray = self.cell & ~self.nucleus
        return rest


def find_regions(cells: CellImages) -> Regions:
    """Nucleus and cytoplasm of each cell, from the masks given or from the picture.

    Without a mask the cell is taken to be the one in the middle of its window: the
    nucleus is what stains by OD_red + OD_green - OD_blue above Otsu's threshold, with
    the lobes around it; the cytoplasm is what lies close to it, stands out from the
    background and has not the hue of red cells.
    """
    side = cells.windows.shape[1]
    density = optical_density(_resized(cells.windows))
    smooth = ndimage.uniform_filter(density, (1, 3, 3, 1))
    given = _resized_masks(cells.masks, len(cells))
    known = np.asarray(given.any(axis=(1, 2)))
    nucleus = _given_or_found_nuclei(cells, smooth, given, known)
    cell = given | nucleus
    if not known.all():
        cell[~known] = find_cells(smooth[~known], nucleus[~known])
    pixel_size = cells.pixel_size_um
    if pixel_size is None:
        pixel_size = np.full(len(cells), np.nan)
    return Regions(density, nucleus, cell, pixel_size.astype(np.float64) * side / SIDE)


def _given_or_found_nuclei(
    cells: CellImages, smooth: np.ndarray, given: np.ndarray, known: np.ndarray
) -> np.ndarray:
    if cells.nuclei is not None:
        nuclei = _resized_masks(cells.nuclei, len(cells))
        # No nucleus inside a known outline is an answer (a red cell), not a gap
        unknown = ~nuclei.any(axis=(1, 2)) & ~known
    else:
        nuclei = np.zeros(given.shape, dtype=bool)
        unknown = np.ones(len(cells), dtype=bool)
    if unknown.any():
        nuclei[unknown] = find_nuclei(smooth[unknown], given[unknown])
    return nuclei


def _resized(windows: np.ndarray) -> np.ndarray:
    if windows.shape[1] == SIDE:
        return windows
    resized = np.empty((len(windows), SIDE, SIDE, 3), dtype=np.uint8)
    for row, window in enumerate(windows):
        picture = Image.fromarray(window)
        # BOX averages when shrinking; enlarging wants interpolation
        how = Image.Resampling.BOX if len(window) > SIDE else Image.Resampling.BILINEAR
        resized[row] = np.asarray(picture.resize((SIDE, SIDE), how))
    return resized


def _resized_masks(masks: np.ndarray | None, n: int) -> np.ndarray:
    if masks is None:
        return np.zeros((n, SIDE, SIDE), dtype=bool)
    at = ((np.arange(SIDE) + 0.5) * masks.shape[1] / SIDE).astype(int)
    nearest: np.ndarray = masks[:, at[:, None], at[None, :]]
    return nearest


def optical_density(windows: np.ndarray) -> np.ndarray:
    """Optical density above the background of each window, (n, s, s, 3) float32.

    The background is the 95th percentile of each channel: nearly every window shows
    some plasma. Values below it are 0, so that glare does not become negative.
    """
    sample = windows[:, ::2, ::2].reshape(len(windows), -1, 3)
    background = np.percentile(sample, 95, axis=1)[:, None, None, :]
    logarithm = np.log10(np.arange(256) + 1.0).astype(np.float32)
    white = np.log10(background + 1).astype(np.float32)
    density: np.ndarray = np.maximum(white - logarithm[windows], 0)
    return density
