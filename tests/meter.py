"""Counts what goes over the proxied lines: round trips and octets."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from tests.faults.proxy import Fault, Line


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went over the lines in some time.

    A round trip is a turn of the daemon to speak after the server has spoken, however many commands it says
    at once. DONE, the end of IDLE, is one of its own.
    """

    trips: int = 0
    up: int = 0
    down: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        """Both together."""
        return Traffic(self.trips + other.trips, self.up + other.up, self.down + other.down)


class Meter(Fault):
    """Changes nothing and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[bytes] = []
        self._turn = threading.Lock()
        self._speaking: set[Line] = set()
        self._going_on: set[Line] = set()
        self._trips = self._up = self._down = 0

    def up(self, line: Line, command: bytes) -> bytes:
        """Hand it on."""
        with self._turn:
            if line not in self._going_on:
                self._trips += line not in self._speaking
            (self._going_on.add if line.more else self._going_on.discard)(line)
            self._speaking.add(line)
            self._up += len(command)
            self.commands.append(command.strip())
        return command

    def down(self, line: Line, octets: bytes) -> bytes:
        """Hand it on."""
        with self._turn:
            self._speaking.discard(line)
            self._down += len(octets)
        return octets

    def take(self) -> Traffic:
        """What went over since the last time."""
        with self._turn:
            traffic = Traffic(self._trips, self._up, self._down)
            self._trips = self._up = self._down = 0
            self.commands.clear()
        return traffic
