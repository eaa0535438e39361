"""The state page: how the server stands, to look at. It changes nothing and runs no script.

It shows no body and no identity code: customers by their roles, exchanges by their sizes and
findings. Everything that is not written here is escaped. Where other machines can reach the
server, a browser asks for the token as a password first.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from html import escape
from urllib.parse import parse_qs, urlsplit

from harness import __version__
from harness.endpoints.server.admission import Token, unauthorised
from harness.endpoints.server.governing import PREFIX, Governed, Overview, ReturnChannelState
from harness.endpoints.server.journal import Entry
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Direction
from harness.exchange.findings import meaning
from harness.exchange.messages import Answer, Body
from harness.redact import without_codes
from harness.vocabulary import counted

PAGE = f"{PREFIX}/"
_LATEST = 50
_SECONDS = 10
"""Between two loads of the page by itself."""

_STYLE = """\
:root { color-scheme: light dark; --ink: #1a1c20; --soft: #555b66; --line: #d5d9e0;
 --back: #fff; --band: #f4f6f9; --link: #0b57c4; --bad: #a3160b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ee; --soft: #a7adb9; --line: #383d47;
 --back: #15171b; --band: #1e2127; --link: #8ab8ff; --bad: #ff9d91; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
 max-width: 80rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; }
a { color: var(--link); }
.soft { color: var(--soft); }
.bad { color: var(--bad); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
 border-bottom: 1px solid var(--line); }
thead th { font-size: .85rem; color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.tight td, .tight th { white-space: nowrap; }
dt { font-weight: 600; margin-top: .6rem; }
dd { margin: 0; }
:target { background: var(--band); }
"""
_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)


class Page:
    """Answers at ``PAGE``."""

    def __init__(self, governed: Governed, token: Token | None = None) -> None:
        """Prepare.

        Args:
            governed: the server.
            token: what has to be brought; ``None`` shows the page to whoever reaches it.
        """
        self._governed, self._token = governed, token

    def __call__(self, received: Received) -> Answer:
        """Answer one request."""
        if self._token is not None and not self._token.admits(received, basic=True):
            return unauthorised(basic=True)
        asked = urlsplit(received.target)
        if asked.path not in {PREFIX, PAGE}:
            return _plain(404, f"There is nothing at this path. The state page is {PAGE}.")
        if received.method not in {"GET", "HEAD"}:
            return _plain(405, "The state page is only for looking at.", ("Allow", "GET, HEAD"))
        still = "still" in parse_qs(asked.query, keep_blank_values=True)
        latest = self._governed.served.journal.latest(_LATEST)
        text = rendered(self._governed.overview(), self._roles(), latest, still=still)
        return Answer(200, _HEADERS, Body(text.encode("utf-8", "replace")))

    def _roles(self) -> list[tuple[str, str, str]]:
        """Role, kind and purpose of each test customer; never a code."""
        if not self._governed.overview().account:
            return []
        customers = self._governed.account.settings.customers
        return [(each.role, each.type, each.what) for each in customers]


def rendered(
    overview: Overview,
    roles: Sequence[tuple[str, str, str]],
    latest: Sequence[Entry],
    *,
    still: bool = False,
) -> str:
    """The page.

    Args:
        overview: how the server stands.
        roles: role, kind and purpose of each test customer.
        latest: the last exchanges, the newest first.
        still: the page does not load itself again.
    """
    again = "" if still else f'<meta http-equiv="refresh" content="{_SECONDS}">\n'
    parts = [
        _head(overview, still=still),
        _addresses(overview),
        _standing(overview),
        _exchanges(overview, latest),
        _findings(latest),
        _customers(roles),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{again}<title>harness serve: {_text(overview.contract)}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def _head(overview: Overview, *, still: bool) -> str:
    if still:
        refresh = f'This page stands still. <a href="{PAGE}">Keep it up to date</a>.'
    else:
        words = f"This page loads again every {_SECONDS} seconds."
        refresh = f'{words} <a href="{PAGE}?still=1">Hold it still</a>.'
    problems = "".join(
        f'<p class="bad" role="alert">Problem: {_text(each)}.</p>' for each in overview.problems
    )
    return (
        f"<header>\n<h1>{_text(overview.contract)}</h1>\n"
        f'<p class="soft">Answered by harness serve {_text(__version__)}. {refresh}</p>\n'
        f"</header>\n<main>\n{problems}"
    )


def _addresses(overview: Overview) -> str:
    rows = [(_text(name), _code(url)) for name, url in overview.addresses.items()]
    return _section("Addresses", _table(("address", "URL"), rows))


def _standing(overview: Overview) -> str:
    switches = [name for name, on in overview.switches.items() if on]
    rows = [("switches on", _text(", ".join(switches) or "none"))]
    if overview.account:
        span = timedelta(seconds=overview.ahead)
        ahead = f" ({span} ahead of the clock)" if overview.ahead else ""
        counts = [f"{each.code} {_words(each.name)}: {each.items}" for each in overview.items]
        rows += [
            ("account time", _text(f"{overview.account_time}{ahead}")),
            ("items", _text(", ".join(counts) or "none")),
        ]
    if overview.return_channel is not None:
        rows += _return_channel(overview.return_channel)
    faults = "<br>".join(_code(each) for each in overview.faults)
    rows.append(("faults in force", faults or "none"))
    return _section("State", _table(("what", "now"), rows))


def _return_channel(state: ReturnChannelState) -> list[tuple[str, str]]:
    counts = [f"{name}: {count}" for name, count in state.standings.items() if count]
    told = ", ".join(counts) or "none"
    if state.attempts:
        told += f" ({counted(state.attempts, 'attempt')})"
    rows = [
        ("pushed to", _code(state.url) if state.url else "nobody (see --return-channel)"),
        ("pushes", _text(told)),
    ]
    if state.last_problem:
        rows.append(("last problem of a push", _finding(state.last_problem)))
    rules = "<br>".join(_code(each) for each in state.rules)
    return [*rows, ("push rules in force", rules)] if rules else rows


def _exchanges(overview: Overview, latest: Sequence[Entry]) -> str:
    title = "Last exchanges"
    journal = overview.journal and f" They are kept in {_code(overview.journal)}."
    if not latest:
        nothing = "Nothing has been asked yet."
        return _section(title, f'<p class="soft">{nothing}{journal}</p>')
    told = f'<p class="soft">{overview.last} in all, the newest first.{journal}</p>'
    columns = ("no.", "time (UTC)", "call", "at", "status", "findings", "fault", "bytes", "ms")
    names = {urlsplit(url).path: name for name, url in overview.addresses.items() if "?" not in url}
    rows = [_exchange(each, names) for each in latest]
    return _section(title, f"{told}\n{_table(columns, rows, label=title)}")


def _exchange(entry: Entry, names: Mapping[str, str]) -> tuple[str, ...]:
    at = names.get(entry.path) or entry.path or "no address of ours"
    if entry.direction == Direction.OUT:
        at = "return channel"
    findings = ", ".join(_finding(code) for code in entry.codes)
    return (
        str(entry.position),
        _text(entry.at.partition(".")[0].replace("T", " ")),
        _text(entry.operation or entry.method),
        _text(at),
        str(entry.status or "no answer"),
        findings,
        _text(entry.fault),
        _sizes(entry),
        f"{entry.seconds * 1000:.1f}",
    )


def _sizes(entry: Entry) -> str:
    ways = ("in", "out") if entry.direction == Direction.IN else ("out", "in")
    return f"{entry.request_bytes} {ways[0]}, {entry.answer_bytes} {ways[1]}"


def _finding(code: str) -> str:
    try:
        meaning(code)
    except KeyError:
        return _text(code)  # a TilaKoodi, or of a journal that another release has kept
    return f'<a href="#{_text(code)}">{_text(code)}</a>'


def _findings(latest: Sequence[Entry]) -> str:
    rows = []
    for code in sorted({code for entry in latest for code in entry.codes}):
        try:
            text = meaning(code).text
        except KeyError:
            continue
        term = f'<dt id="{_text(code)}">{_code(code)}</dt>'
        rows.append(f"{term}<dd>{_text(text)} <code>harness explain {_text(code)}</code></dd>")
    return _section("What the findings mean", f"<dl>{''.join(rows)}</dl>") if rows else ""


def _customers(roles: Sequence[tuple[str, str, str]]) -> str:
    if not roles:
        return ""
    rows = [(_text(role), _text(kind), _text(what)) for role, kind, what in roles]
    told = '<p class="soft">Their codes: <code>harness account customers</code></p>'
    return _section("Test customers", f"{told}\n{_table(('role', 'type', 'for'), rows)}")


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{content}\n</section>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, label: str = "") -> str:
    """Cells are HTML; the first of a row is its heading. A label makes a table of short cells."""
    head = "".join(f'<th scope="col">{each}</th>' for each in columns)
    body = "\n".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{each}</td>" for each in others)}</tr>'
        for first, *others in rows
    )
    # What scrolls sideways has to be reached with the keyboard, too.
    scrolled = f' role="region" tabindex="0" aria-label="{label}"' if label else ""
    tight = ' class="tight"' if label else ""
    return (
        f'<div class="wide"{scrolled}><table{tight}>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _words(name: str) -> str:
    return name.replace("_", " ").lower()


def _text(text: str) -> str:
    """Text of the server's, as HTML."""
    return escape(without_codes(text))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _plain(status: int, text: str, *headers: tuple[str, str]) -> Answer:
    typed = ("Content-Type", "text/plain; charset=utf-8")
    return Answer(status, (typed, *headers), Body(f"{text}\n".encode()))
