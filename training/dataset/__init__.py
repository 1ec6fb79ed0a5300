"""Datasets: building sets (x, y, x_s, p) from picture–caption collections, and reading them."""
