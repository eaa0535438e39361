// Calls a receiver of the return channel as the account would, on node-soap, from the WSDL alone.
//
// PUSHER in the environment is JSON: wsdl, url, authority, service, customer, text. The cases named
// as arguments run in their order; one JSON object a line says what the program saw.

import soap from 'soap';

const given = JSON.parse(process.env.PUSHER);
const { url, text } = given;
const client = await soap.createClientAsync(given.wsdl, { endpoint: url, disableCache: true });
const xmlns = 'http://www.suomi.fi/asiointitili';
client.addSoapHeader({ paluukanavaUrl: { attributes: { xmlns }, $value: url } });

const cases = {
  states: () => states('node-1', 220),
  messages: () => messages('node-2', text),
  attachment: () => messages('node-3', text, '%PDF-1.4\n'.padEnd(2_000_000, '\0\xff\r\n')),
  repeated: () => states('node-1', 220),
  reused: () => states('node-1', 230),
  older: () => states('node-4', 200, '2026-02-28T12:00:00+02:00'),
  fault: () => states('node-5', 'ei luku'),
};

function sender(SanomaTunniste) {
  return {
    ViranomaisTunnus: given.authority,
    PalveluTunnus: given.service,
    SanomaTunniste,
    SanomaVersio: '1.0',
  };
}

async function states(id, KohteenTila, KohteenTilaPvm = '2026-03-01T12:00:00+02:00') {
  const Asiakas = {
    attributes: given.customer,
    AsiointitiliTunniste: 'tili-1',
    KohteenTila,
    KohteenTilaPvm,
  };
  const Kohde = [{ ViranomaisTunniste: `kohde-1 ${text}`, Asiakas }];
  const Kysely = { KohdeMaara: 1, Kohteet: { Kohde } };
  const [answer] = await client.VieKohdeTilojaAsync({ Viranomainen: sender(id), Kysely });
  return answer.VieKohdeTilojaResult.TilaKoodi;
}

async function messages(id, Nimeke, content) {
  const Tiedosto = {
    TiedostoSisalto: content && Buffer.from(content, 'latin1').toString('base64'),
    TiedostoNimi: 'päätös_åäö.pdf',
  };
  const one = {
    Asiakas: { attributes: given.customer },
    AsiointitiliTunniste: 'tili-2',
    Nimeke,
    LahetysPvm: '2026-03-01T12:00:00+02:00',
    KuvausTeksti: `Ensimmäinen rivi\n${text}`,
    ...(content ? { Tiedostot: { Tiedosto: [Tiedosto] } } : {}),
  };
  const Kysely = { KohdeMaara: 1, Kohteet: { Kohde: [one] } };
  const [answer] = await client.VieKohteitaAsync({ Viranomainen: sender(id), Kysely });
  const { TilaKoodi, KohdeMaara } = answer.VieKohteitaResult;
  return { ...TilaKoodi, KohdeMaara };
}

/** What the program sees when a call fails. */
function failure(error) {
  const fault = error.root?.Envelope?.Body?.Fault;
  return fault ? { fault: fault.faultstring } : { exception: error.message };
}

for (const name of process.argv.slice(2)) {
  const seen = await cases[name]().catch(failure);
  console.log(JSON.stringify({ case: name, seen }));
}
