"""Find, embed, map and label the cells of blood and bone-marrow smears in napari.

Research use only, not a medical device. Importing this package loads neither torch nor
napari; the public names below are resolved when they are first used.
"""

__version__ = "0.1.0"
