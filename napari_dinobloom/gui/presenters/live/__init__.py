"""Predictions that follow labels."""
