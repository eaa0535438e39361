"""Rules that every call of a supplier's system has to keep, whatever scenario it belongs to.

* An identity code stands in AsiakasTunnus and nowhere else, be it in the message, in its header and
  comments, in the address or in a field of HTTP; it is a test customer's, or artificial.
* A ViranomaisTunniste is one item's, for ever: another customer's item has another one (DOMAIN 11:
  the second recipient would get nothing). It comes again only while its answer may be lost.
* A SanomaTunniste is one message's; the very same bytes may be sent again under it.
* TiedostoKoko is what the file has, in kB rounded up.

Findings say where and how much, never what a message holds.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from harness.account import questions
from harness.account.questions import Attachment, Item
from harness.classes import dataclass
from harness.exchange.findings import Finding
from harness.exchange.message import Message
from harness.identity import codes_in, is_artificial
from harness.redact import shown_name
from harness.vocabulary import counted

_ITEM, _MESSAGE = "Kysely/Kohteet/Kohde/ViranomaisTunniste", "Viranomainen/SanomaTunniste"
_FILE = "Kysely/Kohteet/Kohde/Tiedostot/Tiedosto"
_CUSTOMER, _CONTENT = "@AsiakasTunnus", "TiedostoSisalto"
_AROUND = "Envelope/"
"""How paths begin of what stands outside of the Body's element."""


Texts = Iterable[tuple[str, str]]
"""Places, and what stands there."""


@dataclass(slots=True)
class _Sent:
    """An item that was sent: for whom, and whether its sender got an answer."""

    to: frozenset[str]
    answered: bool = False


class Conduct:
    """Remembers what was sent in one run, by ids."""

    def __init__(self, customers: frozenset[str]) -> None:
        """Begin a run.

        Args:
            customers: every AsiakasTunnus that was issued for it.
        """
        self._customers = customers
        self._persons = tuple(each.casefold() for each in customers if codes_in(each))
        self._items: dict[str, _Sent] = {}
        self._messages: dict[str, str] = {}

    def check(self, message: Message, digest: str, http: Texts = ()) -> tuple[Finding, ...]:
        """What a call breaks; it is remembered.

        Args:
            message: the request, also one that breaks the contract.
            digest: of the whole body.
            http: ``texts_of_http`` of the call.
        """
        found = [*self._exposed(message, http), *self._foreign(message)]
        found += self._repeated(message, digest)
        here: set[str] = set()
        for item in _items(message):
            found += [*self._reused(item, here), *(s for f in item.attachments for s in _size(f))]
            here.add(item.own_id)
        return tuple(dict.fromkeys(found))

    def answered(self, message: Message) -> None:
        """The sender of a call got its answer."""
        for item in _items(message):
            if item.own_id in self._items:
                self._items[item.own_id].answered = True

    def _exposed(self, message: Message, http: Texts) -> Iterator[Finding]:
        belongs = (_CUSTOMER, _CONTENT)
        places = Counter(
            path
            for path, text in (*message.strings(), *http)
            if (path.startswith(_AROUND) or not path.endswith(belongs)) and self._tells(text)
        )
        for path, count in places.items():
            seen = f"in {counted(count, 'value')}"
            yield Finding("personal-data", path, "no identity code", seen)

    def _tells(self, text: str) -> bool:
        """Whether a code stands in a text; one of a test customer also amid other letters."""
        lowered = text.casefold()
        return bool(codes_in(text)) or any(code in lowered for code in self._persons)

    def _foreign(self, message: Message) -> Iterator[Finding]:
        for path, texts in message.texts_by_path().items():
            if path.endswith(_CUSTOMER):
                wrong = [t for t in texts if t not in self._customers and not is_artificial(t)]
                if wrong:
                    seen = f"{len(wrong)} of somebody else"
                    yield Finding("unknown-customer", path, "test customers only", seen)

    def _repeated(self, message: Message, digest: str) -> Iterator[Finding]:
        own = questions.caller(message).message_id
        if own and self._messages.setdefault(own, digest) != digest:
            yield Finding("message-id-reused", _MESSAGE, "a new id", "that of another message")

    def _reused(self, item: Item, here: set[str]) -> Iterator[Finding]:
        """An item's id against those of this call before it, and of earlier calls."""
        if not item.own_id:
            return
        to = frozenset(person.id for person in item.people)
        before = self._items.setdefault(item.own_id, _Sent(to))
        seen = ""
        if before.to != to:
            seen = "that of an item for another customer"
        elif before.answered:
            seen = "that of an item that was answered"
        elif item.own_id in here:
            seen = "that of another item of this call"
        if seen:
            yield Finding("item-id-reused", _ITEM, "an id of its own", seen)


def texts_of_http(target: str, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What every proxy and every log of a server keeps of a call, each with its place.

    Args:
        target: of the request, a path with its query.
        headers: its fields.
    """
    fields = ((f"HTTP field {shown_name(name)}", value) for name, value in headers)
    return tuple((at, unquote(text)) for at, text in (("HTTP target", target), *fields))


def _items(message: Message) -> tuple[Item, ...]:
    try:
        return questions.items(message)
    except ValueError:  # a number that is none: the schema has refused it already
        return ()


def _size(file: Attachment) -> Iterator[Finding]:
    if file.content is None or not file.kilobytes:
        return
    allowed = sorted({-(-file.size // 1000), -(-file.size // 1024)})
    if file.kilobytes not in allowed:
        wanted = " or ".join(map(str, allowed))
        yield Finding("attachment-size", f"{_FILE}/TiedostoKoko", wanted, str(file.kilobytes))
