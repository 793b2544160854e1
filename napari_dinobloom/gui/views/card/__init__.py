"""The card of one cell."""
