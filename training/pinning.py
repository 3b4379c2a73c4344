"""The digest of the shipped model, pinned in the package; `python -m training.pinning` does it by hand."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

from scanner.detect import pinned
from scanner.detect.model import MANIFEST, shipped_dir, verified
from scanner.errors import ModelError

PINNED = Path(pinned.__file__)


def pin(directory: Path, file: Path = PINNED) -> str:
    """Write the digest of the manifest in `directory` into the Python file; returns it.

    The files of the model are held against the manifest first. Raises ModelError.
    """
    found: list[str] = []
    verified(directory, lambda _, manifest: found.append(hashlib.sha256(manifest).hexdigest()))
    text = re.sub(r'(?m)^(MANIFEST_SHA256 = )".*"$', rf'\1"{found[0]}"', file.read_text("utf-8"))
    file.write_text(text, "utf-8")
    return found[0]


def is_pinned(directory: Path) -> bool:
    """Return whether this is the directory whose digest the package pins."""
    return directory.resolve() == shipped_dir().resolve()


def main() -> int:
    """Pin the model of the package as it lies there."""
    try:
        print(pin(shipped_dir()), MANIFEST)  # noqa: T201 - what the command is for
    except ModelError as error:
        print(error, file=sys.stderr)  # noqa: T201 - what a user has to know
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
