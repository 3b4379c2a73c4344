"""`python -m tests.gallery`: writes docs/gallery anew and says what changed."""

from __future__ import annotations

import sys

from tests.gallery.pages import GALLERY, SNAPSHOTS


def main() -> None:
    """Write what differs."""
    changed = SNAPSHOTS.store()
    sys.stdout.write("".join(f"{GALLERY.name}/{name}\n" for name in changed) + f"{len(changed)} changed\n")


if __name__ == "__main__":
    main()
