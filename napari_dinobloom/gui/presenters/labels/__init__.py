"""Classes, labels and keys."""
