"""`python -m scanner` is `oopsee`."""

from scanner.cli import main

if __name__ == "__main__":
    main()
