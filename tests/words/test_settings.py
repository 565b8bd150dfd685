"""The settings: where they come from, what is refused, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from convore_lite.words.errors import SetupError
from convore_lite.words.settings import NAMES, Settings, describe, flag, origin, read_settings, variable


def read(folder: Path, *, toml: str = "", environ: dict[str, str] | None = None, **flags: Any) -> Settings:
    (folder / "settings.toml").write_text(toml, "utf-8")
    return read_settings({"data": folder, **flags}, environ or {})


def test_the_defaults_need_nothing(tmp_path: Path) -> None:
    settings = read_settings({"data": tmp_path}, {})
    assert settings == Settings(data=tmp_path)
    assert settings.bind == ("127.0.0.1:8470",)
    assert (settings.secure, settings.rate_limits, settings.access_log) == (False, True, False)


def test_the_data_folder_is_the_platforms_where_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert read_settings({}, {}).data.name == "convore-lite"


def test_flags_go_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    toml, environ = 'name = "file"\n', {"CONVORE_NAME": "environment"}
    assert read(tmp_path).name == "Convore"
    assert read(tmp_path, toml=toml).name == "file"
    assert read(tmp_path, toml=toml, environ=environ).name == "environment"
    assert read(tmp_path, toml=toml, environ=environ, name="flag").name == "flag"
    assert read(tmp_path, toml=toml, environ=environ, name=None).name == "environment"


def test_the_folder_of_the_environment_holds_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('name = "file"\n', "utf-8")
    settings = read_settings({}, {"CONVORE_DATA": str(tmp_path)})
    assert (settings.data, settings.name) == (tmp_path, "file")


def test_an_empty_variable_is_as_if_not_set(tmp_path: Path) -> None:
    empty = {variable(name): "" for name in NAMES if name != "data"}
    assert read(tmp_path, environ=empty) == Settings(data=tmp_path)


def test_every_setting_can_come_from_every_place(tmp_path: Path) -> None:
    toml = """
        bind = ["127.0.0.1:1", "unix:/run/chat.sock"]
        base_url = "https://chat.example.org"
        tls_cert = "cert.pem"
        tls_key = "key.pem"
        name = "On"
        log_format = "json"
        access_log = true
        rate_limits = false
        trusted_proxies = ["10.0.0.0/8", "::1", "unix"]
        registration = "open"
        max_streams_per_user = 3
        max_streams_per_address = 4
        link_previews = false
        private_networks = ["192.168.1.0/24"]
        event_days = 5
        max_file_size = 4096
        search_language = ["german", "english"]
    """
    environ = {
        "CONVORE_BIND": "127.0.0.1:1, unix:/run/chat.sock",
        "CONVORE_BASE_URL": "https://chat.example.org",
        "CONVORE_TLS_CERT": "cert.pem",
        "CONVORE_TLS_KEY": "key.pem",
        "CONVORE_NAME": "On",
        "CONVORE_LOG_FORMAT": "json",
        "CONVORE_ACCESS_LOG": "on",
        "CONVORE_RATE_LIMITS": "off",
        "CONVORE_TRUSTED_PROXIES": "10.0.0.0/8, ::1, unix",
        "CONVORE_REGISTRATION": "open",
        "CONVORE_MAX_STREAMS_PER_USER": "3",
        "CONVORE_MAX_STREAMS_PER_ADDRESS": "4",
        "CONVORE_LINK_PREVIEWS": "off",
        "CONVORE_PRIVATE_NETWORKS": "192.168.1.0/24",
        "CONVORE_EVENT_DAYS": "5",
        "CONVORE_MAX_FILE_SIZE": "4096",
        "CONVORE_SEARCH_LANGUAGE": "german, english",
    }
    assert set(environ) == {variable(name) for name in NAMES if name != "data"}
    written, heard = read(tmp_path, toml=toml), read(tmp_path, environ=environ)
    assert written == heard
    assert heard.bind == ("127.0.0.1:1", "unix:/run/chat.sock")
    assert (heard.trusted_proxies, heard.registration) == (("10.0.0.0/8", "::1", "unix"), "open")
    assert heard.search_language == ("german", "english")
    assert (heard.tls_cert, heard.access_log, heard.rate_limits, heard.name) == (Path("cert.pem"), True, False, "On")
    given = {name: getattr(heard, name) for name in NAMES if name != "data"}
    assert read(tmp_path, **given) == heard


@pytest.mark.parametrize(
    ("word", "on"),
    [("on", True), ("Yes", True), ("true", True), ("1", True), ("OFF", False), ("no", False), ("0", False)],
)
def test_switches(tmp_path: Path, word: str, on: bool) -> None:
    assert read(tmp_path, environ={"CONVORE_ACCESS_LOG": word}).access_log is on


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bind", ","),
        ("base_url", "chat.example.org"),
        ("base_url", "ftp://chat.example.org"),
        ("base_url", "https://"),
        ("base_url", "https://chat.example.org/chat"),
        ("base_url", "https://chat.example.org/?x"),
        ("base_url", "https://ann@chat.example.org"),
        ("base_url", "https://chat.example.org:port"),
        ("base_url", "https://[::1"),
        ("tls_cert", "cert.pem"),
        ("tls_key", "key.pem"),
        ("name", "x" * 41),
        ("log_format", "xml"),
        ("access_log", "maybe"),
        ("rate_limits", "5"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("trusted_proxies", "127.0.0.1,proxy.example.org"),
        ("trusted_proxies", "*"),
        ("private_networks", "192.168.1.1/24"),
        ("registration", "maybe"),
        ("max_streams_per_user", "0"),
        ("max_streams_per_user", "many"),
        ("max_streams_per_address", "-1"),
        ("max_streams_per_address", "1.5"),
        ("event_days", "0"),
        ("event_days", "forever"),
    ],
)
def test_a_bad_value_is_one_sentence(tmp_path: Path, name: str, value: str) -> None:
    places = {
        variable(name): {"environ": {variable(name): value}},
        str(tmp_path / "settings.toml"): {"toml": f"{name} = '{value}'\n"},
        flag(name): {name: value},
    }
    for place, given in places.items():
        with pytest.raises(SetupError) as refused:
            read(tmp_path, **given)  # type: ignore[arg-type]
        sentence = refused.value.sentence
        assert sentence.startswith(f"Setting {name} ({place}): ")
        assert sentence.endswith(".")
        assert not sentence.endswith("..")
        assert "\n" not in sentence


@pytest.mark.parametrize(
    "toml",
    [
        "name = ",
        "nmae = 'x'",
        "data = '/srv/chat'",
        "[server]\nname = 'x'",
        "name = 5",
        "bind = []",
        "event_days = true",
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, toml: str) -> None:
    with pytest.raises(SetupError) as refused:
        read(tmp_path, toml=toml)
    assert str(tmp_path / "settings.toml") in refused.value.sentence
    assert "\n" not in refused.value.sentence


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(SetupError, match=r"settings\.toml cannot be read"):
        read_settings({"data": tmp_path}, {})


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://chat.example.org", "https://chat.example.org"),
        ("HTTPS://Chat.Example.org/", "https://chat.example.org"),
        ("https://chat.example.org:443", "https://chat.example.org"),
        ("http://chat.example.org:80/", "http://chat.example.org"),
        ("http://chat.example.org:443", "http://chat.example.org:443"),
        ("http://[::1]:8470/", "http://[::1]:8470"),
    ],
)
def test_an_address_is_written_as_browsers_do(tmp_path: Path, url: str, written: str) -> None:
    assert origin(url) == written
    assert read(tmp_path, base_url=url).base_url == written


def test_https_makes_it_secure(tmp_path: Path) -> None:
    assert read(tmp_path, base_url="https://chat.example.org").secure
    assert read(tmp_path, tls_cert="cert.pem", tls_key="key.pem").secure
    assert not read(tmp_path, base_url="http://chat.example.org").secure


def test_every_setting_describes_itself() -> None:
    described = describe()
    assert [name for name, _, _ in described] == list(NAMES)
    assert all(meaning.endswith(".") for _, _, meaning in described)
    defaults = {name: default for name, default, _ in described}
    assert (defaults["bind"], defaults["rate_limits"], defaults["base_url"]) == ("127.0.0.1:8470", "on", "not set")
