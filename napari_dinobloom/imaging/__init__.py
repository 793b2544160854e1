"""Reading pictures, colour and optical density, crops, public and synthetic smears."""

from napari_dinobloom.imaging.colour import (
    background_colour,
    from_optical_density,
    optical_density,
    white_balance,
)
from napari_dinobloom.imaging.contact_sheet import contact_sheet
from napari_dinobloom.imaging.crops import cut_boxes, cut_windows, resize_picture
from napari_dinobloom.imaging.finding import Failure, find_pictures
from napari_dinobloom.imaging.huge import (
    HUGE_PIXELS,
    HugePicture,
    is_huge,
    levels_to_show,
    open_huge,
)
from napari_dinobloom.imaging.picture import MAX_PIXELS, Picture, PictureHeader
from napari_dinobloom.imaging.reading import read_header, read_picture
from napari_dinobloom.imaging.samples import PUBLIC_SETS, PublicSet, fetch_public_set

__all__ = [
    "HUGE_PIXELS",
    "MAX_PIXELS",
    "PUBLIC_SETS",
    "Failure",
    "HugePicture",
    "Picture",
    "PictureHeader",
    "PublicSet",
    "background_colour",
    "contact_sheet",
    "cut_boxes",
    "cut_windows",
    "fetch_public_set",
    "find_pictures",
    "from_optical_density",
    "is_huge",
    "levels_to_show",
    "open_huge",
    "optical_density",
    "read_header",
    "read_picture",
    "resize_picture",
    "white_balance",
]
