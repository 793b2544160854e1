"""The smear on the canvas."""
