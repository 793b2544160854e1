"""Reading pictures, colour and optical density, crops, synthetic smears."""

from napari_dinobloom.imaging.crops import cut_boxes, cut_windows, resize_picture
from napari_dinobloom.imaging.finding import Failure, find_pictures
from napari_dinobloom.imaging.picture import MAX_PIXELS, Picture, PictureHeader
from napari_dinobloom.imaging.reading import read_header, read_picture

__all__ = [
    "MAX_PIXELS",
    "Failure",
    "Picture",
    "PictureHeader",
    "cut_boxes",
    "cut_windows",
    "find_pictures",
    "read_header",
    "read_picture",
    "resize_picture",
]
