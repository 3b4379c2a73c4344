"""Letters stored as they should read, and the command that stores them anew: `python -m tests.snapshots`.

What changed is printed; `git diff` shows how. A test compares each letter with its file, octet by octet.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Snapshots:
    """A directory, and what makes the text of each file in it, by its path there."""

    directory: Path
    make: Callable[[], Mapping[str, str]]

    def stored(self) -> dict[str, str]:
        """Give the text of each file that is there."""
        found = (path for path in self.directory.rglob("*") if path.is_file())
        return {path.relative_to(self.directory).as_posix(): path.read_bytes().decode() for path in found}

    def store(self) -> list[str]:
        """Write what differs, take away what is made no more; gives the paths that changed."""
        stored, made = self.stored(), self.make()
        changed = [name for name in sorted({*stored, *made}) if stored.get(name) != made.get(name)]
        for name in changed:
            path = self.directory / name
            if name in made:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(made[name].encode())
            else:
                path.unlink()
        return changed


def every() -> list[Snapshots]:
    """Give all sets of stored letters."""
    from tests.gallery.pages import SNAPSHOTS as GALLERY
    from tests.unit.alert.letters import SNAPSHOTS as ALERT
    from tests.unit.recovery.letters import SNAPSHOTS as RECOVERY

    return [ALERT, RECOVERY, GALLERY]


def main() -> None:
    """Store all anew and say what changed."""
    changed = [f"{one.directory.name}/{name}" for one in every() for name in one.store()]
    sys.stdout.write("".join(f"{name}\n" for name in changed) + f"{len(changed)} changed\n")


if __name__ == "__main__":
    main()
