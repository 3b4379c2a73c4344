"""Mail files of one's own: set OOPSEE_FIXTURES to a folder to read every file in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scanner.message.parse import parse

FOLDER = os.environ.get("OOPSEE_FIXTURES", "")

if FOLDER:

    @pytest.mark.parametrize("path", sorted(path for path in Path(FOLDER).rglob("*") if path.is_file()))
    def test_a_collected_mail_can_be_read(path: Path) -> None:
        """Every file is a message, whatever is in it."""
        assert "unreadable" not in parse(path.read_bytes()).flaws
