"""Whether a segmenter or encoder of your own keeps the contract; for plug-in authors.

::

    from napari_dinobloom.testing import check_encoder

    def test_my_encoder():
        check_encoder(MyEncoder())

Each check raises AssertionError and says which promise is broken.
"""

from napari_dinobloom.testing.encoders import check_encoder, example_cells
from napari_dinobloom.testing.segmenters import check_segmenter, example_field

__all__ = ["check_encoder", "check_segmenter", "example_cells", "example_field"]
