// An authority's receiver of the return channel on node-soap, written from the WSDL alone.
//
// RECEIVER in the environment is JSON: wsdl, a file; authority, whose messages are taken; lose and
// fault, how many replies are to be lost after the message was stored, or to be a Fault before. The
// first line it writes is its address, then comes a line of JSON for each call. It ends with its
// input.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import soap from 'soap';

const given = JSON.parse(process.env.RECEIVER);
const stored = new Set();
let { lose, fault } = given;

const say = (line) => console.log(JSON.stringify(line));

/** What both operations have in common: who may call, what is new, which reply is lost. */
function received(operation, { Viranomainen }, headers, request, items) {
  const { ViranomaisTunnus, SanomaTunniste } = Viranomainen;
  const call = { operation, SanomaTunniste, paluukanavaUrl: headers?.paluukanavaUrl ?? null };
  if (ViranomaisTunnus !== given.authority || fault-- > 0) {
    say({ ...call, outcome: 'fault' });
    const faultstring = 'Viestiä ei oteta vastaan €';
    // Without statusCode it is sent with 200.
    throw { Fault: { faultcode: 'soap:Client', faultstring, statusCode: 500 } };
  }
  const fresh = !stored.has(SanomaTunniste);
  stored.add(SanomaTunniste);
  const lost = lose-- > 0;
  say({ ...call, outcome: lost ? 'lost' : 'answered', new: fresh, items });
  if (lost) request.socket.destroy();
  return { TilaKoodi: 0, TilaKoodiKuvaus: 'Vastaanotettu €', SanomaTunniste };
}

function state({ ViranomaisTunniste, Asiakas }) {
  const { AsiointitiliTunniste, KohteenTila, attributes } = Asiakas;
  return { ViranomaisTunniste, AsiointitiliTunniste, KohteenTila, ...attributes };
}

function message({ Asiakas, AsiointitiliTunniste, Nimeke, KuvausTeksti, Tiedostot }) {
  const { AsiakasTunnus } = Asiakas.attributes;
  const files = (Tiedostot?.Tiedosto ?? []).map(({ TiedostoNimi, TiedostoSisalto }) => ({
    TiedostoNimi,
    sha256: createHash('sha256').update(Buffer.from(TiedostoSisalto, 'base64')).digest('hex'),
  }));
  return { AsiakasTunnus, AsiointitiliTunniste, Nimeke, KuvausTeksti, files };
}

const port = {
  VieKohdeTiloja(args, _answer, headers, request) {
    const items = args.Kysely.Kohteet.Kohde.map(state);
    const TilaKoodi = received('VieKohdeTiloja', args, headers, request, items);
    return { VieKohdeTilojaResult: { TilaKoodi } };
  },
  VieKohteita(args, _answer, headers, request) {
    const items = args.Kysely.Kohteet.Kohde.map(message);
    const TilaKoodi = received('VieKohteita', args, headers, request, items);
    const Kohde = items.map(({ AsiointitiliTunniste }) => ({
      AsiointitiliTunniste,
      KohteenTila: 200,
    }));
    return {
      VieKohteitaResult: { TilaKoodi, KohdeMaara: items.length, Kohteet: { Kohde } },
    };
  },
};

const server = createServer();
const services = { ViranomaisPaluukanavaService: { ViranomaisPaluukanavaPort: port } };
soap.listen(server, '/paluukanava', services, readFileSync(given.wsdl, 'utf8'));
server.listen(0, '127.0.0.1', () => {
  say({ url: `http://127.0.0.1:${server.address().port}/paluukanava` });
});
process.stdin.resume().on('end', () => process.exit());
