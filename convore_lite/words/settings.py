"""The settings, read once at start: flags over environment over a TOML file over defaults. The only reader of os.environ."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from . import networks
from .errors import SetupError

PREFIX = "CONVORE_"
FILE_NAME = "settings.toml"
# What still fits into a length that any program can count, with much around it.
MOST_FILE_SIZE = 2**40
SWITCH = {"on": True, "yes": True, "off": False, "no": False}


def doc(text: str, **limits: Any) -> Meta:
    return Meta(description=text, **limits)


# All for which there is a Snowball stemmer in Tantivy.
SearchLanguage = Literal[
    "arabic", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hungarian", "italian", "norwegian",
    "portuguese", "romanian", "russian", "spanish", "swedish", "tamil", "turkish",
]  # fmt: skip


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Every setting, with its default. Each is also an environment variable: ``data`` is ``CONVORE_DATA``."""

    data: Annotated[Path, doc("The folder that holds everything: the database, and the socket of the command line.")]
    bind: Annotated[
        tuple[str, ...],
        doc("Where to listen: HOST:PORT, unix:PATH or fd://N; several with commas.", min_length=1),
    ] = ("127.0.0.1:8470",)
    base_url: Annotated[
        str | None,
        doc("The address people type, such as https://chat.example.org. Makes cookies Secure when it is https."),
    ] = None
    tls_cert: Annotated[Path | None, doc("A TLS certificate file (PEM), together with tls_key.")] = None
    tls_key: Annotated[Path | None, doc("The private key of tls_cert (PEM).")] = None
    name: Annotated[str, doc("What this place is called, on its pages.", min_length=1, max_length=40)] = "Convore"
    log_format: Annotated[Literal["text", "json"], doc("Log lines for people or for machines.")] = "text"
    access_log: Annotated[bool, doc("One log line for each request. Off by default: who reads what is private.")] = (
        False
    )
    rate_limits: Annotated[bool, doc("Limits on how often one person or one address may do things.")] = True
    trusted_proxies: Annotated[
        tuple[str, ...],
        doc("Whose X-Forwarded-For is believed: addresses, networks, or unix for unix sockets; several with commas."),
    ] = ()
    registration: Annotated[
        Literal["closed", "invitation", "open"],
        doc("Who may make an account: only those whom an admin makes one, those who were invited, or everybody."),
    ] = "invitation"
    max_streams_per_user: Annotated[int, doc("Open live streams one person may have.", ge=1)] = 50
    max_streams_per_address: Annotated[int, doc("Open live streams one network address may have.", ge=1)] = 200
    max_file_size: Annotated[
        int, doc("Bytes that a file which somebody sends may have.", ge=1024, le=MOST_FILE_SIZE)
    ] = 25_000_000
    link_previews: Annotated[
        bool, doc("Whether the server fetches what links in messages lead to, to show a preview.")
    ] = True
    private_networks: Annotated[
        tuple[str, ...],
        doc(
            "Networks that are not public and may be fetched from all the same, such as 192.168.1.0/24; several with commas."
        ),
    ] = ()
    event_days: Annotated[int, doc("Days that events are kept so that a stream can resume.", ge=1)] = 30

    search_language: Annotated[
        tuple[SearchLanguage, ...],
        doc(
            "Languages whose endings search sees through: “backups” finds “backup”. Several with commas.",
            min_length=1,
        ),
    ] = ("english",)

    @property
    def database(self) -> Path:
        return self.data / "convore.db"

    @property
    def files(self) -> Path:
        return self.data / "files"

    @property
    def search_index(self) -> Path:
        return self.data / "search"

    @property
    def admin_socket(self) -> Path:
        return self.data / "admin.sock"

    @property
    def secure(self) -> bool:
        """Do browsers reach us over https?"""
        return self.tls_cert is not None or (self.base_url or "").startswith("https://")


NAMES = Settings.__struct_fields__
SWITCHES = frozenset(field.name for field in msgspec.structs.fields(Settings) if isinstance(field.default, bool))
LISTS = frozenset({"bind", "private_networks", "search_language", "trusted_proxies"})


def read_settings(flags: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """Put the settings together. Raises SetupError with one sentence that names the setting and where it came from.

    An empty variable is as if it were not set: that is how compose files leave one out.
    """
    return read_with_sources(flags, environ)[0]


def read_with_sources(
    flags: Mapping[str, Any], environ: Mapping[str, str] | None = None
) -> tuple[Settings, dict[str, str]]:
    """The settings, and where each that is not at its default comes from: a flag, a variable, a file. Raises SetupError."""
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in flags.items() if value not in (None, (), [])}
    heard = {name: environ[variable(name)] for name in NAMES if environ.get(variable(name))}
    data = Path(given.get("data") or heard.get("data") or default_data_folder())
    file = data / FILE_NAME
    written = read_file(file)
    sources = {
        **dict.fromkeys(written, str(file)),
        **{name: variable(name) for name in heard},
        **{name: flag(name) for name in given},
    }
    values = {**written, **heard, **given, "data": data}
    chosen = _convert({name: _plain(name, value) for name, value in values.items()}, sources)
    return _checked(chosen, sources), sources


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def flag(name: str) -> str:
    """The command line option of a setting."""
    return "--" + name.replace("_", "-")


def default_data_folder() -> Path:
    """The platform's folder for a person's application data, such as ~/.local/share/convore-lite."""
    from platformdirs import user_data_path

    return user_data_path("convore-lite")


def read_file(path: Path) -> dict[str, Any]:
    """The settings written in a TOML file; none where there is no such file."""
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SetupError(f"{path} cannot be read: {error}.") from error
    # The folder cannot be said in a file that is found by it.
    if strange := [name for name in written if name not in NAMES or name == "data"]:
        raise SetupError(f"{path}: there is no setting “{strange[0]}” in such a file.")
    return written


def describe() -> list[tuple[str, str, str]]:
    """Each setting's name, default as text, and what it means: for the command line and the documentation."""
    hints = get_type_hints(Settings, include_extras=True)
    return [(name, _default_text(name), hints[name].__metadata__[0].description) for name in NAMES]


def _default_text(name: str) -> str:
    if name == "data":
        return "the platform's data folder"
    return as_text(dict(zip(NAMES[1:], Settings.__struct_defaults__, strict=True))[name])


def as_text(value: Any) -> str:
    """The value of a setting as one would write it in the environment."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return (",".join(value) if isinstance(value, tuple) else str(value)) if value not in (None, ()) else "not set"


def _plain(name: str, value: Any) -> Any:
    """A value in a form that msgspec reads: text from the environment may be a switch or a list."""
    if isinstance(value, str) and name in LISTS:
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, str) and name in SWITCHES:
        return SWITCH.get(value.lower(), value)
    return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value


def _convert(values: dict[str, Any], sources: Mapping[str, str]) -> Settings:
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at `$.")
        name = place.rstrip("`").partition("[")[0]
        raise _wrong(name, sentence[:1].lower() + sentence[1:], sources) from error


def _checked(settings: Settings, sources: Mapping[str, str]) -> Settings:
    if (settings.tls_cert is None) != (settings.tls_key is None):
        one = "tls_cert" if settings.tls_cert else "tls_key"
        raise _wrong(one, "a certificate and its key go together; only one of them is given", sources)
    try:
        networks.Proxies(settings.trusted_proxies)
    except ValueError as error:
        raise _wrong("trusted_proxies", str(error), sources) from error
    try:
        for text in settings.private_networks:
            networks.network(text)
    except ValueError as error:
        raise _wrong("private_networks", str(error), sources) from error
    if settings.base_url is None:
        return settings
    try:
        return msgspec.structs.replace(settings, base_url=origin(settings.base_url))
    except ValueError as error:
        raise _wrong("base_url", str(error), sources) from error


def origin(url: str) -> str:
    """An address as browsers write its origin: no path, no default port, lower case (RFC 6454, 6.2). Raises ValueError."""
    parts = urlsplit(url.lower())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address begins with http:// or https:// and a host name")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("an address ends with its host and port; convore-lite has a host of its own")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else "")


def _wrong(name: str, sentence: str, sources: Mapping[str, str]) -> SetupError:
    return SetupError(f"Setting {name} ({sources.get(name, 'default')}): {sentence}.")
