"""From the arguments to an exit code.

0 done, 1 found something, 2 usage or configuration, 3 cannot reach or log in, 4 internal.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import typer

from scanner.cli.app import app
from scanner.errors import ScannerError

INTERNAL = 4
INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended: 128 and the number of the signal."""

_CommandLineError = typer.BadParameter.__mro__[2]
"""What every error of the command line is; typer does not name it itself."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command; its exit code. No exception that a user can cause comes out."""
    debug = "--debug" in arguments or bool(os.environ.get("OOPSEE_DEBUG"))
    try:
        code = app(list(arguments), prog_name="oopsee", standalone_mode=False)
        sys.stdout.flush()
    except ScannerError as error:
        if debug:
            traceback.print_exc()
        say(error)
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough of it. Nothing more may be flushed there at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  the last guard: a sentence instead of a traceback
        if isinstance(error, _CommandLineError):
            misuse: Any = error
            misuse.show()
            return int(misuse.exit_code)
        if debug:
            traceback.print_exc()
        unexpected(error)
        return INTERNAL
    return int(code or 0)


def say(error: ScannerError) -> None:
    """What happened, what it means and what to do, on standard error."""
    from scanner.alert.safe import lines  # a server's words or an address may stand in it

    for label, text in (("", str(error)), ("This means: ", error.meaning), ("What to do: ", error.remedy)):
        if text:
            print(label + lines(text), file=sys.stderr)  # noqa: T201  plain, whatever the width of the terminal


def unexpected(error: Exception) -> None:
    """One sentence for what nobody thought of; no text of the exception, which may quote mail."""
    print(  # noqa: T201
        f"Oopsee stopped at something unexpected ({type(error).__name__}). No mail was changed.\n"
        "What to do: run it again as 'oopsee --debug ...' to see where, and report that.",
        file=sys.stderr,
    )
