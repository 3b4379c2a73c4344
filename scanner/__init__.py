"""Oopsee: finds mail that has already gone to the wrong party and tells the sender."""

__version__ = "0.1.0"
