"""The line about the cells in hand."""
