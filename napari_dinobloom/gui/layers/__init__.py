"""Between the study and napari's layers: the only place that touches them."""
