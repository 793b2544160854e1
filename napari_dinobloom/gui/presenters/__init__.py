"""What a click means. Imports no Qt and no napari."""
