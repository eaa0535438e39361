# mypy: ignore-errors
# spyne is installed for another interpreter and has no types.
"""``python spyne_server.py PORT``: spyne with its own model of the operation, run by waitress.

spyne makes its schema from the model, so what it validates is like ours and not the same. It is run
by the interpreter it is installed for, and imports nothing of ours.
"""

import logging
import sys

from spyne import Application, ServiceBase, rpc
from spyne.model import ComplexModel, Integer, Unicode, XmlAttribute
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication
from waitress import serve

NS = "http://www.suomi.fi/asiointitili"


class Viranomainen(ComplexModel):
    """Who asks."""

    __namespace__ = NS
    _type_info = [  # noqa: RUF012 - spyne's way of telling an order
        (name, Unicode)
        for name in (
            "ViranomaisTunnus",
            "PalveluTunnus",
            "KayttajaTunnus",
            "SanomaTunniste",
            "SanomaVersio",
            "SanomaVarmenneNimi",
        )
    ]


class Asiakas(ComplexModel):
    """A customer, and in an answer what became of the item."""

    __namespace__ = NS
    _type_info = [  # noqa: RUF012 - spyne's way of telling an order
        ("AsiakasTunnus", XmlAttribute(Unicode)),
        ("TunnusTyyppi", XmlAttribute(Unicode)),
        ("AsiointitiliTunniste", Unicode),
        ("KohteenTila", Integer),
        ("KohteenTilaKuvaus", Unicode),
    ]


class Kohde(ComplexModel):
    """An item."""

    __namespace__ = NS
    _type_info = [  # noqa: RUF012 - spyne's way of telling an order
        ("Asiakas", Asiakas.customize(max_occurs="unbounded")),
        ("ViranomaisTunniste", Unicode),
        ("Nimeke", Unicode),
        ("LahetysPvm", Unicode),
        ("KuvausTeksti", Unicode),
    ]


class Kohteet(ComplexModel):
    """Items."""

    __namespace__ = NS
    _type_info = [("Kohde", Kohde.customize(max_occurs="unbounded"))]  # noqa: RUF012 - as above


class Kysely(ComplexModel):
    """What is asked."""

    __namespace__ = NS
    _type_info = [("KohdeMaara", Integer), ("Kohteet", Kohteet)]  # noqa: RUF012 - as above


SEEN: set[str] = set()


class Account(ServiceBase):
    """The one operation."""

    @rpc(Viranomainen, Kysely, _returns=Kohteet, _body_style="wrapped")
    def LisaaKohteita(self, Viranomainen, Kysely):  # noqa: ANN001, ANN201, N802, N803 - spyne reads these names
        """Keep the items."""
        del Viranomainen
        return Kohteet(Kohde=[_kept(each) for each in Kysely.Kohteet.Kohde])


def _kept(item: Kohde) -> Kohde:
    new = item.ViranomaisTunniste not in SEEN
    SEEN.add(item.ViranomaisTunniste)
    (asked, *_) = item.Asiakas
    told = Asiakas(
        AsiakasTunnus=asked.AsiakasTunnus,
        TunnusTyyppi=asked.TunnusTyyppi,
        AsiointitiliTunniste=f"AT{len(SEEN):012d}" if new else None,
        KohteenTila=200 if new else 520,
        KohteenTilaKuvaus="Asia on tallennettu ja näkyy asiakkaalle.",
    )
    return Kohde(ViranomaisTunniste=item.ViranomaisTunniste, Asiakas=[told])


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    application = Application(
        [Account], NS, in_protocol=Soap11(validator="lxml"), out_protocol=Soap11()
    )
    serve(WsgiApplication(application), host="127.0.0.1", port=int(sys.argv[1]), threads=4)
