"""The commands of `oopsee`: `main` is the entry point; one module for each group of commands."""

from scanner.cli.main import main

__all__ = ["main"]
