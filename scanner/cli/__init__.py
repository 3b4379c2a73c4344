"""The commands of `oopsee`. `main` is the entry point."""
