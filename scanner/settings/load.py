"""From the file and the environment to `Settings`, or to sentences about what is wrong with them."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsError

from scanner.errors import ConfigError
from scanner.settings.explain import explain, known_keys, unknown
from scanner.settings.private import private_text
from scanner.settings.schema import Settings

NOT_SETTINGS = frozenset({"OOPSEE_CONFIG", "OOPSEE_DEBUG"})
"""Variables of the command itself."""


def default_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the configuration stands: OOPSEE_CONFIG, else the XDG configuration directory."""
    if given := environ.get("OOPSEE_CONFIG"):
        return Path(given).expanduser()
    return Path(environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "oopsee" / "config.toml"


def load(path: Path) -> Settings:
    """Read the configuration at `path`; variables named OOPSEE_... stand above it.

    Raises `ConfigError` with one sentence per problem.
    """
    table = _table(path)
    _known_variables(table)

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            *_: PydanticBaseSettingsSource,
            **__: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return EnvSettingsSource(settings_cls), _Table(settings_cls, table)

    try:
        return FromFile()
    except ValidationError as error:
        sentences = explain(error, table)
        message = f"The configuration {path} cannot be used: {sentences}"
        raise ConfigError(message, remedy=f"Mend {path}; config.example.toml shows every setting.") from None
    except SettingsError as error:
        message = f"A variable of the environment cannot be read: {error}."
        raise ConfigError(message, remedy="Write lists and tables there as JSON.") from None


class _Table(PydanticBaseSettingsSource):
    """A table that has been read already."""

    def __init__(self, settings_cls: type[BaseSettings], table: dict[str, Any]) -> None:
        super().__init__(settings_cls)
        self._table = table

    def get_field_value(self, field: object, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """One top-level value, as the interface asks."""
        return self._table.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self._table


def _table(path: Path) -> dict[str, Any]:
    if not path.exists():
        message = f"There is no configuration at {path}."
        raise ConfigError(
            message,
            meaning="No mailbox is known, so none is watched.",
            remedy=(
                f"Copy config.example.toml there, run 'chmod 600 {path}' and fill it in; "
                "or name another file with --config."
            ),
        )
    try:
        return tomllib.loads(private_text(path, "The configuration"))
    except tomllib.TOMLDecodeError as error:
        message = f"The configuration {path} is no valid TOML: {error}."
        raise ConfigError(message, remedy="Mend that line; texts stand in double quotes.") from None


def _known_variables(table: Mapping[str, Any]) -> None:
    """Refuse a variable that would be silently without effect. Those that passwords stand in are fine."""
    named, known = set(_password_variables(table)), set(known_keys())
    for name in sorted(os.environ):
        if not name.upper().startswith("OOPSEE_") or name in NOT_SETTINGS or name in named:
            continue
        dotted = name[len("OOPSEE_") :].lower().replace("__", ".")
        if dotted not in known:
            message = f"The environment variable {name} names no setting: {unknown(dotted)}"
            raise ConfigError(message, remedy=f"Unset {name}, or correct its name.")


def _password_variables(value: object) -> list[str]:
    if isinstance(value, Mapping):
        own = [str(value["password_env"])] if "password_env" in value else []
        return own + [name for part in value.values() for name in _password_variables(part)]
    if isinstance(value, list):
        return [name for part in value for name in _password_variables(part)]
    return []
