"""Comparisons of models over the same data and seeds, with their statistics."""
