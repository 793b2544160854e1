"""``python -m napari_dinobloom``: the command line."""

from napari_dinobloom.cli import main

if __name__ == "__main__":
    main()
