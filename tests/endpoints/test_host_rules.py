"""Which addresses may be contacted at which level."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.endpoints.hosts import KNOWN_HOSTS, HostRule, allowed, refused_address
from harness.errors import ConfigError
from harness.vocabulary import Level

LEVELS = [Level.SERVER, Level.TEST, Level.PRODUCTION]


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080/a",
        "http://LOCALHOST/a",
        "http://localhost./a",
        "http://127.0.0.1/a",
        "http://127.9.9.9/",
        "http://[::1]:80/",
        "http://[::ffff:127.0.0.1]/",
        "https://localhost/",
    ],
)
def test_loopback_is_always_allowed(url: str) -> None:
    assert allowed(url, Level.SERVER).loopback
    assert allowed(url, Level.TEST).loopback


def test_address_is_what_is_pinned() -> None:
    assert allowed("http://[::1]/x", Level.SERVER).address == "http://[::1]:80/x"
    assert allowed("https://Test.Example", Level.TEST).address == "https://test.example:443/"


@pytest.mark.attacks
def test_other_hosts_only_over_https() -> None:
    assert not allowed("https://test.example/a", Level.TEST).loopback
    with pytest.raises(ConfigError, match="over https"):
        allowed("http://test.example/a", Level.TEST, where="harness.toml")


@pytest.mark.parametrize("url", ["http://2130706433/", "http://0.0.0.0/", "http://127.1/"])
def test_odd_spellings_of_loopback_are_other_hosts(url: str) -> None:
    with pytest.raises(ConfigError, match="over https"):
        allowed(url, Level.SERVER)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "host",
    [
        *(known.host for known in KNOWN_HOSTS if known.rule is not HostRule.TEST),
        "it1.integraatiopalvelu.fi",
        "PR0.Integraatiopalvelu.FI",
        "pr0.integraatiopalvelu.fi.",
        "anything.below.integraatiopalvelu.fi",
    ],
)
def test_hosts_of_the_real_service_are_refused(host: str, level: Level) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(ConfigError, match="may not be contacted"):
            allowed(f"{scheme}://{host}/Asiointitili", level)


def test_production_host_is_allowed_only_once_opened_and_only_as_production() -> None:
    url = "https://pr0.integraatiopalvelu.fi/Asiointitili/ViranomaispalvelutWSInterface"
    assert allowed(url, Level.PRODUCTION, opened=True).host == "pr0.integraatiopalvelu.fi"
    with pytest.raises(ConfigError, match="only after production has been opened"):
        allowed(url, Level.TEST, opened=True)


@pytest.mark.parametrize("host", ["qat.integraatiopalvelu.fi", "192.49.232.194"])
def test_test_host_only_as_level_test(host: str) -> None:
    assert allowed(f"https://{host}/x", Level.TEST).host == host
    for level in (Level.SERVER, Level.PRODUCTION):
        with pytest.raises(ConfigError):
            allowed(f"https://{host}/x", level, opened=True)


def test_level_mock_has_no_address() -> None:
    with pytest.raises(ConfigError, match="in process"):
        allowed("http://127.0.0.1/", Level.MOCK)


def test_level_production_waits_for_the_opening_even_on_loopback() -> None:
    with pytest.raises(ConfigError, match="not been opened"):
        allowed("http://127.0.0.1/", Level.PRODUCTION)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "account",
        "ftp://localhost/",
        "file:///etc/hostname",
        "http://",
        "http:///path",
        "http://user:secret@localhost/",
        "http://localhost:99999/",
        "http://localhost/?token=secret",
        "http://localhost/#part",
        "http://loc alhost/",
        "http://localhost/\n",
        "http://pr0.integraatiopalvelu.f\u0456/",
        "https://[::1/",
    ],
)
def test_urls_that_are_not_plain_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="the endpoint's url") as caught:
        allowed(url, Level.TEST, where="harness.toml [endpoints.x] url")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("192.49.232.195", "production"),
        ("::ffff:192.49.232.195", "production"),
        ("192.49.232.194", ""),
        ("192.0.2.1", ""),
    ],
)
def test_resolved_address_is_held_against_the_table(address: str, why: str) -> None:
    target = allowed("https://test.example/", Level.TEST)
    assert why in refused_address(address, target)
    assert bool(refused_address(address, target)) is bool(why)


@given(st.text(alphabet="abcdefghij0123456789-.", min_size=1, max_size=30))
def test_nothing_below_the_platform_is_ever_allowed(label: str) -> None:
    for level in LEVELS:
        with pytest.raises(ConfigError):
            allowed(f"https://{label}.integraatiopalvelu.fi/", level)
