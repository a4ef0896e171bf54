"""Evaluate how well language models reason logically from their prompt alone."""

__version__ = "0.1.0"
