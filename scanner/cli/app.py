"""The tree of commands. Importing it imports nothing heavy: each command does that when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from scanner.cli import check, demo, explain, label, labels, login, models, recover, run, scan, status, train

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def oopsee(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback with every error.")] = False,
) -> None:
    """Find mail that has already gone to the wrong party, and tell the sender in time."""


@app.command()
def version() -> None:
    """Print the version."""
    from scanner import __version__

    typer.echo(__version__)


app.command(name="login")(login.login)
app.command(name="check")(check.check)
app.command(name="run")(run.run)
app.command(name="scan")(scan.scan)
app.command(name="explain")(explain.explain)
app.command(name="recover")(recover.recover)
app.command(name="label")(label.label)
app.add_typer(labels.app, name="labels")
app.command(name="train")(train.train)
app.add_typer(models.app, name="models")
app.command(name="status")(status.status)
app.command(name="demo")(demo.demo)
