"""The viewer: presenters decide, views draw, layers stand between Study and napari."""
