"""A supplier's system in one file: plain Python, no part of the harness.

    python supplier.py harness observe --json

starts the command, reads its lines, and does what each instruction asks for.
"""

import base64
import http.client
import json
import subprocess
import sys
import urllib.parse
import uuid
from datetime import datetime, timezone
from xml.sax.saxutils import escape

NAMESPACE = "http://www.suomi.fi/asiointitili"
CUSTOMERS = {
    "active": ("140581-9011", "SSN"),
    "second-active": ("031179-9029", "SSN"),
    "new-sign": ("290204B903F", "SSN"),
    "passive": ("210866-9046", "SSN"),
    "none": ("301258-9056", "SSN"),
    "company": ("0000001-9", "CRN"),
    "slow": ("180692-907E", "SSN"),
    "storage": ("190793-9086", "SSN"),
    "reading": ("230488-9126", "SSN"),
}
SMALL_PDF = b"%PDF-1.4\n%%EOF\n"
LARGE_PDF = b"%PDF-1.4\n" + b"% a page of a decision\n" * 50_000 + b"%%EOF\n"
ADDRESS = (
    "<Osoite><Nimi>Testi Asiakas</Nimi><Lahiosoite>Testikatu 1</Lahiosoite>"
    "<Postinumero>00100</Postinumero><Postitoimipaikka>HELSINKI</Postitoimipaikka><Maa>FI</Maa></Osoite>"
)


class System:
    """Sends items and letters, and sends again what it does not know to have arrived."""

    cannot = frozenset({"signed-call-is-taken#1"})
    """Steps that it has no way to do."""

    def __init__(self):
        self.url = ""
        self.waiting = []

    def listening(self, told):
        """Learn where to call."""
        self.url = told["url"]

    # What the instructions ask for, by their ids without the suite

    def act(self, step):
        """Do what one instruction asks for; some only ask to wait."""
        actions = {
            "health-is-asked#1": lambda: self.call("HaeTilaTieto", "<Kysely/>"),
            "customer-is-asked-about#1": lambda: self.ask("active"),
            "item-to-active-customer#1": lambda: self.item("active"),
            "item-with-attachment#1": lambda: self.item("active", pdf=LARGE_PDF),
            "letter-to-active-customer#1": lambda: self.letter("active"),
            "customer-without-account-gets-paper#1": lambda: self.letter("none"),
            "passive-customer-gets-no-item#1": lambda: self.notify("passive"),
            "two-recipients-get-two-ids#1": lambda: self.items("second-active", "company"),
            "any-letter-arrives-as-it-is#1": lambda: self.item(
                "new-sign",
                title="Päätös Åke Öhmanille – 5 €",  # noqa: RUF001 - that dash is asked for
            ),
            "follow-up-refers-to-its-item#1": self.item_with_follow_up,
            "item-is-sent-again-after-a-lost-answer#1": lambda: self.item("reading"),
            "letter-is-sent-again-after-a-lost-answer#1": lambda: self.letter("reading"),
            "item-waits-for-the-end-of-a-break#1": lambda: self.item("slow"),
            "item-waits-for-the-end-of-a-break#2": self.send_what_waits,
            "fault-starts-no-storm#1": lambda: self.item("storage"),
        }
        if step in actions:
            actions[step]()

    def ask(self, role):
        """Whether a customer can be reached electronically."""
        customer, kind = CUSTOMERS[role]
        answer = self.call(
            "HaeAsiakkaita",
            "<Kysely><KyselyLaji>Asiakkaat</KyselyLaji>"
            '<KyselyAlku xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
            '<KyselyLoppu xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
            f'<Asiakkaat><Asiakas AsiakasTunnus="{customer}" TunnusTyyppi="{kind}"/></Asiakkaat>'
            "</Kysely>",
        )
        return "Tila>300<" in answer and "TiliPassivoitu>0<" in answer

    def notify(self, role):
        """Send an item, but only to somebody who can be reached."""
        if self.ask(role):
            self.item(role)

    def items(self, *roles):
        """The same text to several customers, an item for each."""
        for role in roles:
            self.item(role)

    def item_with_follow_up(self):
        """An item with a read receipt, and one that refers to it."""
        first = self.item("second-active", more="<VaadiLukukuittaus>1</VaadiLukukuittaus>")
        self.item("second-active", refers=first)

    def item(self, role, *, title="Päätös asiassanne", pdf=None, more="", refers=""):
        """Send one item; returns its id."""
        own = self.new_id(role)
        kohde = self.kohde(role, own, title, pdf, more, refers)
        query = f"<Kysely><KohdeMaara>1</KohdeMaara><Kohteet>{kohde}</Kohteet></Kysely>"
        self.deliver("LisaaKohteita", query)
        return own

    def letter(self, role):
        """Send one letter that is printed for whoever has no account; a test is never printed."""
        kohde = self.kohde(role, self.new_id(role), "Päätös asiassanne", SMALL_PDF, "", "")
        self.deliver(
            "LahetaViesti",
            f"<Kysely><Paperi>false</Paperi><Kohteet>{kohde}</Kohteet>"
            "<Tulostustoimittaja>Posti</Tulostustoimittaja>"
            f"<LahetaTulostukseen>false</LahetaTulostukseen>{self.billing()}</Kysely>",
        )

    def kohde(self, role, own, title, pdf, more, refers):
        """One Kohde."""
        customer, kind = CUSTOMERS[role]
        kind_of = 'ViittausTunnisteTyyppi="ViranomaisTunniste"'
        link = f'<Viittaus ViittausTunniste="{refers}" {kind_of}/>'
        return (
            f'<Kohde><Asiakas AsiakasTunnus="{customer}" TunnusTyyppi="{kind}">{ADDRESS}</Asiakas>'
            f"<ViranomaisTunniste>{own}</ViranomaisTunniste>{link if refers else ''}{more}"
            f"<Nimeke>{escape(title)}</Nimeke><LahetysPvm>{now()}</LahetysPvm>"
            f"<KuvausTeksti>Asiassanne on tehty päätös.</KuvausTeksti>{attachment(pdf)}</Kohde>"
        )

    def new_id(self, role):
        """An id for one item of one customer, never used before."""
        return f"library-{uuid.uuid4()}"

    def billing(self):
        """Whom the printing house bills."""
        return "<Laskutus><Tunniste>123456</Tunniste><Salasana>1234</Salasana></Laskutus>"

    # Sending

    def deliver(self, operation, query):
        """Send until it is known to have arrived; a break or a Fault makes it wait."""
        envelope = self.envelope(operation, query)
        for _ in range(2):
            try:
                status, answer = self.post(operation, envelope)
            except (OSError, http.client.HTTPException):
                continue  # the answer is lost: the very same message again
            if status == 200:
                return answer  # 520 and 525 for a repetition: it had arrived
            break
        self.waiting.append((operation, envelope))
        return ""

    def send_what_waits(self):
        """Send again, under its old ids, what has not arrived."""
        waiting, self.waiting = self.waiting, []
        for operation, envelope in waiting:
            self.post(operation, envelope)

    def call(self, operation, query):
        """One question."""
        return self.post(operation, self.envelope(operation, query))[1]

    def envelope(self, operation, query):
        """The message as bytes."""
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
            f'<{operation} xmlns="{NAMESPACE}"><Viranomainen>'
            "<ViranomaisTunnus>ESIMERKKIKUNTA</ViranomaisTunnus>"
            "<PalveluTunnus>ESIMERKKIKUNTA_VIESTIT</PalveluTunnus>"
            f"<SanomaTunniste>{uuid.uuid4()}</SanomaTunniste><SanomaVersio>1.0</SanomaVersio>"
            "<SanomaVarmenneNimi>viestit.esimerkkikunta.example</SanomaVarmenneNimi>"
            f"</Viranomainen>{query}</{operation}></soap:Body></soap:Envelope>"
        )
        return text.encode()

    def post(self, operation, envelope):
        """One HTTP call: status and text."""
        place = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        try:
            headers = {
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": f'"{NAMESPACE}/Viranomaispalvelut/{operation}"',
            }
            connection.request("POST", place.path, envelope, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()


def attachment(pdf):
    """Tiedostot with one PDF, or nothing."""
    if pdf is None:
        return ""
    return (
        "<Tiedostot><Tiedosto><TiedostonKuvaus>Päätös</TiedostonKuvaus>"
        f"<TiedostoSisalto>{base64.b64encode(pdf).decode()}</TiedostoSisalto>"
        f"<TiedostoKoko>{-(-len(pdf) // 1000)}</TiedostoKoko>"
        "<TiedostoMuoto>application/pdf</TiedostoMuoto><TiedostoNimi>paatos.pdf</TiedostoNimi>"
        "</Tiedosto></Tiedostot>"
    )


def now():
    """The present as XML Schema writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017 - for old Pythons


def drive(command, system):
    """Run a command of the harness and do what it asks for; returns its exit code."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as harness:
        for line in harness.stdout:
            told = json.loads(line)
            if told["event"] == "listening":
                system.listening(told)
            elif told["event"] == "instruction":
                print(told["text"]["en"], flush=True)
                step = told["id"].partition("/")[2]
                system.act(step)
                # This system does nothing later by itself: no need to wait for what will not come.
                if told["quiet"] or step in system.cannot:
                    harness.stdin.write(f"next {told['id']}\n")
                    harness.stdin.flush()
            elif told["event"] == "result":
                print(f"  {told['outcome']}: {told['scenario']}", flush=True)
                for found in told["findings"]:
                    print(f"    {found['code']} {found['path']}", flush=True)
        return harness.wait()


if __name__ == "__main__":
    sys.exit(drive(sys.argv[1:], System()))
