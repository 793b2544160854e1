"""Size and form of the cell and of its nucleus."""

import numpy as np
from scipy import ndimage

from napari_dinobloom.encoding.morphology.outline import (
    centroids,
    contour_radii,
    crofton_perimeter,
    distance_inside,
    hull_area,
    support_widths,
)
from napari_dinobloom.encoding.morphology.raster import IN_PLANE, SIDE
from napari_dinobloom.encoding.morphology.regions import Regions
from napari_dinobloom.encoding.morphology.table import FeatureTable, ratio

HARMONICS = 6
LOBE_DEPTHS = (0.35, 0.5, 0.65, 0.8)


def measure_shapes(table: FeatureTable, regions: Regions) -> None:
    """Add size and form of cell and nucleus, and how the one lies in the other."""
    for part, masks in (("cell", regions.cell), ("nucleus", regions.nucleus)):
        area = masks.sum(axis=(1, 2)).astype(float)
        perimeter = crofton_perimeter(masks)
        reach = support_widths(masks)
        _add_size(table, part, area, perimeter, reach, regions.um_per_px)
        _add_form(table, part, area, perimeter, reach)
        _add_moments(table, part, masks, area)
        _add_contour(table, part, masks)
    _add_lobes(table, regions.nucleus)
    _add_nucleus_in_cell(table, regions)


def _add_size(
    table: FeatureTable,
    part: str,
    area: np.ndarray,
    perimeter: np.ndarray,
    reach: np.ndarray,
    um: np.ndarray,
) -> None:
    diameter = np.sqrt(4 * area / np.pi)
    longest = _widths(reach).max(axis=1)
    say = f"of the {part}"
    table.add(
        f"{part}_area_of_window", "", f"Area {say}, as a share of the window.",
        area / SIDE**2,
    )  # fmt: skip
    table.add(
        f"{part}_length_of_window", "", f"Longest diameter {say}, share of the window.",
        longest / SIDE,
    )  # fmt: skip
    seen = np.where(area > 0, um, np.nan)
    table.add(
        f"{part}_area_um2", "µm²", f"Area {say}; needs the pixel size.", area * seen**2
    )
    table.add(
        f"{part}_diameter_um", "µm",
        f"Diameter of the disc as large as the {part}; needs the pixel size.",
        diameter * seen,
    )  # fmt: skip
    table.add(
        f"{part}_perimeter_um", "µm", f"Contour length {say}; needs the pixel size.",
        perimeter * seen,
    )  # fmt: skip


def _widths(reach: np.ndarray) -> np.ndarray:
    half = reach.shape[1] // 2
    widths: np.ndarray = reach[:, :half] + reach[:, half:]
    return widths


def _add_form(
    table: FeatureTable,
    part: str,
    area: np.ndarray,
    perimeter: np.ndarray,
    reach: np.ndarray,
) -> None:
    widths = _widths(reach)
    hull_perimeter = np.pi * widths.mean(axis=1)
    table.add(
        f"{part}_circularity", "",
        f"4π area / perimeter² of the {part}: 1 for a disc, less for lobes and spikes.",
        ratio(4 * np.pi * area, perimeter**2),
    )  # fmt: skip
    table.add(
        f"{part}_solidity", "",
        f"Share of its convex hull that the {part} fills: low when indented or lobed.",
        ratio(area, hull_area(reach)),
    )  # fmt: skip
    table.add(
        f"{part}_convexity", "",
        f"Hull perimeter / contour length of the {part}: low for a ragged border.",
        ratio(hull_perimeter, perimeter),
    )  # fmt: skip
    table.add(
        f"{part}_elongation", "",
        f"Shortest / longest diameter of the {part}: 1 when round, low when drawn out.",
        ratio(widths.min(axis=1), widths.max(axis=1)),
    )  # fmt: skip


def _add_moments(
    table: FeatureTable, part: str, masks: np.ndarray, area: np.ndarray
) -> None:
    """Eccentricity, and Hu's third-order invariants, doi:10.1109/TIT.1962.1057692."""
    row, column = centroids(masks)
    at = np.arange(masks.shape[1])
    y, x = at - row[:, None], at - column[:, None]
    weights = masks.astype(np.float32)

    def central(p: int, q: int) -> np.ndarray:
        inner = np.matmul(weights, (x**q)[:, :, None])[..., 0]
        moment: np.ndarray = (inner * y**p).sum(axis=1)
        return ratio(moment, area ** (1 + (p + q) / 2))

    m20, m02, m11 = central(2, 0), central(0, 2), central(1, 1)
    spread = np.sqrt((m20 - m02) ** 2 + 4 * m11**2)
    table.add(
        f"{part}_eccentricity", "",
        f"Eccentricity of the ellipse with the {part}'s moments: 0 round, 1 a line.",
        np.sqrt(ratio(2 * spread, m20 + m02 + spread)),
    )  # fmt: skip
    table.add(
        f"{part}_inertia", "",
        f"How far the {part}'s area lies from its centre: 0.16 for a disc, more for "
        "horseshoes and lobes.",
        m20 + m02,
    )  # fmt: skip
    m30, m03, m21, m12 = central(3, 0), central(0, 3), central(2, 1), central(1, 2)
    table.add(
        f"{part}_skewness", "",
        f"One-sidedness of the {part}'s outline, as of a bean or a drop (Hu 4).",
        np.cbrt((m30 + m12) ** 2 + (m21 + m03) ** 2),
    )  # fmt: skip
    table.add(
        f"{part}_triangularity", "",
        f"Three-cornered departure of the {part} from a disc (Hu 3).",
        np.cbrt((m30 - 3 * m12) ** 2 + (3 * m21 - m03) ** 2),
    )  # fmt: skip


def _add_contour(table: FeatureTable, part: str, masks: np.ndarray) -> None:
    radii = contour_radii(masks)
    mean = radii.mean(axis=1)
    relative = ratio(radii, mean[:, None])
    table.add(
        f"{part}_radius_variation", "",
        f"Spread of the {part}'s radius over all directions, relative to its mean.",
        relative.std(axis=1),
    )  # fmt: skip
    table.add(
        f"{part}_radius_jump", "",
        f"Mean step of the {part}'s radius between neighbouring directions.",
        np.abs(np.diff(relative, axis=1, append=relative[:, :1])).mean(axis=1),
    )  # fmt: skip
    spectrum = np.abs(np.fft.rfft(relative, axis=1)) / radii.shape[1]
    for order in range(1, HARMONICS + 1):
        table.add(
            f"{part}_contour_{order}", "",
            f"Fourier part of the {part}'s outline with {order} bulges.",
            spectrum[:, order],
        )  # fmt: skip


def _add_lobes(table: FeatureTable, nucleus: np.ndarray) -> None:
    depth = distance_inside(nucleus)
    deepest = depth.max(axis=(1, 2))
    area = nucleus.sum(axis=(1, 2)).astype(float)
    has = np.where(area > 0, 1.0, np.nan)
    pieces = _components(nucleus, smallest=6)
    table.add("nucleus_pieces", "", "Separate pieces of the nucleus.", pieces * has)
    most = pieces
    for share in LOBE_DEPTHS:
        core = (depth > share * deepest[:, None, None]) & nucleus
        lobes = _components(core, smallest=3)
        most = np.maximum(most, lobes)
        table.add(
            f"nucleus_lobes_{round(100 * share)}", "",
            f"Lobes left when bridges thinner than {share:.0%} of the nucleus' "
            "thickest place are cut.",
            lobes * has,
        )  # fmt: skip
    table.add(
        "nucleus_lobes", "", "Lobes of the nucleus, at the cut that shows most.",
        most * has,
    )  # fmt: skip
    table.add(
        "nucleus_thickness", "",
        "Thickest place of the nucleus against a disc of its area: 1 round, low for "
        "bands and lobes.",
        ratio(deepest, np.sqrt(area / np.pi)),
    )  # fmt: skip
    table.add(
        "nucleus_mean_depth", "",
        "Mean distance from the nucleus' border against a disc of its area.",
        3 * ratio(ratio(depth.sum(axis=(1, 2)), area), np.sqrt(area / np.pi)),
    )  # fmt: skip


def _components(masks: np.ndarray, smallest: int) -> np.ndarray:
    """Number of components of at least `smallest` px in each mask, (n,)."""
    labels, count = ndimage.label(masks, IN_PLANE)
    area = np.bincount(labels.ravel(), minlength=count + 1)
    window = np.zeros(count + 1, dtype=int)
    inside = labels > 0
    window[labels[inside]] = np.nonzero(inside)[0]
    large = np.flatnonzero(area >= smallest)
    large = large[large > 0]
    return np.bincount(window[large], minlength=len(masks)).astype(float)


def _add_nucleus_in_cell(table: FeatureTable, regions: Regions) -> None:
    cell = regions.cell.sum(axis=(1, 2)).astype(float)
    nucleus = regions.nucleus.sum(axis=(1, 2)).astype(float)
    table.add(
        "nucleus_to_cell", "",
        "Nucleus area / cell area; high in lymphocytes and blasts, 0 without nucleus.",
        ratio(nucleus, cell),
    )  # fmt: skip
    table.add(
        "nucleus_to_cytoplasm", "", "Nucleus area / cytoplasm area (N:C ratio).",
        ratio(nucleus, cell - nucleus),
    )  # fmt: skip
    (row, column), (cell_row, cell_column) = map(
        centroids, (regions.nucleus, regions.cell)
    )
    table.add(
        "nucleus_offset", "",
        "Distance of the nucleus' centre from the cell's, in cell radii: high in "
        "plasma cells.",
        ratio(np.hypot(row - cell_row, column - cell_column), np.sqrt(cell / np.pi)),
    )  # fmt: skip
