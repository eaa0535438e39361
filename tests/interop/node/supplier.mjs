// A supplier's program on node-soap, written from the WSDL alone.
//
// SUPPLIER in the environment is JSON: wsdl, text, customers, ids and, for https, ca; for signed
// calls own, a PEM file of key and certificate. The cases
// named as arguments run in their order; one JSON object a line says what the program saw.

import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import soap from 'soap';

const given = JSON.parse(process.env.SUPPLIER);
const { ids, customers, text } = given;
const PDF = '%PDF-1.4\n';

const cases = {
  async HaeTilaTieto() {
    return told((await status()).TilaKoodi);
  },
  async text() {
    const { TilaKoodi } = await status({ SanomaTunniste: text });
    return { SanomaTunniste: TilaKoodi.SanomaTunniste };
  },
  async refusal() {
    return told((await status({ ViranomaisTunnus: 'TUNTEMATON' })).TilaKoodi);
  },
  HaeAsiakkaita() {
    const asked = ['active', 'passive', 'none', 'company'].map(customer);
    return states(asked, '2026-01-01T00:00:00+02:00', '2026-01-31T00:00:00+02:00');
  },
  nil() {
    return states([customer('active')], null, null);
  },
  defaultType() {
    const { AsiakasTunnus } = customers.active;
    const asked = [{ attributes: { AsiakasTunnus } }];
    return states(asked, '2026-01-01T00:00:00+02:00', '2026-01-31T00:00:00+02:00');
  },
  LisaaKohteita() {
    return items(item('kohde-1'));
  },
  async repeatedItem() {
    await items(item('kohde-2'));
    return items(item('kohde-2'));
  },
  attachment() {
    return items(item('kohde-3', file(2_000_000)));
  },
  attachmentTooLarge() {
    return items(item('kohde-4', file(2_000_001)));
  },
  LahetaViesti() {
    return message(item('viesti-1'));
  },
  async repeatedMessage() {
    await message(item('viesti-2'));
    return message(item('viesti-2'));
  },
  fault() {
    return message(item('viesti-3'), '0000');
  },
  missing() {
    const { Nimeke, ...rest } = item('kohde-5');
    return items(rest);
  },
  async wrongAddress() {
    return told((await status({}, await connect(given.wrong))).TilaKoodi);
  },
  async unsigned() {
    return told((await status({}, await connect(given.signed))).TilaKoodi);
  },
  async signedCall() {
    return told((await status({}, await connectSigning())).TilaKoodi);
  },
  async signedAttachment() {
    const sent = { ...item('kohde-6', file(2_000_000)), KuvausTeksti: text };
    return items(sent, await connectSigning());
  },
  async signedLines() {
    return items(item('kohde-7'), await connectSigning());
  },
};

let connected;

async function connect(endpoint) {
  const options = { endpoint, disableCache: true };
  if (!given.ca) return soap.createClientAsync(given.wsdl, options);
  const ca = readFileSync(given.ca);
  const wsdl_options = { httpsAgent: new Agent({ ca }) };
  const client = await soap.createClientAsync(given.wsdl, { ...options, wsdl_options });
  client.setSecurity(new soap.ClientSSLSecurity(null, null, ca));
  return client;
}

/** node-soap 1.6 asks for toXML, which WSSecurityCert lacks, to see if there is to be a Header. */
class Signature extends soap.WSSecurityCert {
  toXML() {
    return ' ';
  }
}

/** A client for one signed call: what a second one signs, it refers to with ids of the first. */
async function connectSigning() {
  const own = readFileSync(given.own, 'utf8');
  const certificate = own.slice(own.indexOf('-----BEGIN CERTIFICATE-----'));
  const client = await connect(given.signed);
  client.setSecurity(new Signature(own, certificate, ''));
  return client;
}

async function call(operation, request, client) {
  client ??= connected ??= await connect();
  const [answer] = await client[`${operation}Async`](request);
  return answer[`${operation}Result`];
}

function caller(more = {}) {
  return {
    ViranomaisTunnus: ids.authority,
    PalveluTunnus: ids.service,
    Yhteyshenkilo: { attributes: { Nimi: 'Neuvonta', Sahkoposti: 'neuvonta@kunta.example' } },
    SanomaTunniste: 'node-1',
    SanomaVersio: '1.0',
    SanomaVarmenneNimi: ids['certificate-name'],
    ...more,
  };
}

function customer(role, more = {}) {
  return { attributes: customers[role], ...more };
}

function item(id, attachment) {
  const Osoite = {
    Nimi: 'Testi Asiakas',
    Lahiosoite: 'Testikatu 1',
    Postinumero: '00100',
    Postitoimipaikka: 'Helsinki',
    Maa: 'FI',
  };
  return {
    Asiakas: [customer('active', { Osoite })],
    ViranomaisTunniste: `${id} ${text}`,
    VaadiLukukuittaus: 0,
    // 256 characters are allowed: one letter that arrives as two is too many.
    Nimeke: [...text.repeat(30)].slice(0, 256).join(''),
    LahetysPvm: '2026-01-31T12:00:00+02:00',
    KuvausTeksti: `Ensimmäinen rivi\n${text}`,
    ...(attachment ? { Tiedostot: { Tiedosto: [attachment] } } : {}),
    LisaaOsoitesivu: false,
  };
}

function file(size) {
  const filling = Buffer.alloc(size - PDF.length, Buffer.from([0x00, 0xff, 0x0d, 0x0a]));
  const content = Buffer.concat([Buffer.from(PDF), filling]);
  return {
    TiedostonKuvaus: 'Päätös',
    TiedostoSisalto: content.toString('base64'),
    TiedostoKoko: String(Math.ceil(size / 1000)),
    TiedostoMuoto: 'application/pdf',
    TiedostoNimi: 'päätös_åäö.pdf',
  };
}

function status(more, client) {
  return call('HaeTilaTieto', { Viranomainen: caller(more), Kysely: {} }, client);
}

async function states(asked, KyselyAlku, KyselyLoppu) {
  const result = await call('HaeAsiakkaita', {
    Viranomainen: caller(),
    Kysely: { KyselyLaji: 'Asiakkaat', KyselyAlku, KyselyLoppu, Asiakkaat: { Asiakas: asked } },
  });
  const Asiakkaat = result.Asiakkaat.Asiakas.map(({ attributes, Tila, TiliPassivoitu }) => [
    attributes.AsiakasTunnus,
    attributes.TunnusTyyppi,
    Tila,
    TiliPassivoitu,
  ]);
  return { ...told(result.TilaKoodi), Asiakkaat };
}

async function items(one, client) {
  const request = {
    Viranomainen: caller(),
    Kysely: { KohdeMaara: 1, Kohteet: { Kohde: [one] } },
  };
  const result = await call('LisaaKohteita', request, client);
  const Kohteet = result.Kohteet.Kohde.flatMap(({ ViranomaisTunniste, Asiakas }) =>
    Asiakas.map(({ attributes, KohteenTila, AsiointitiliTunniste }) => ({
      ViranomaisTunniste,
      AsiakasTunnus: attributes.AsiakasTunnus,
      KohteenTila,
      stored: Boolean(AsiointitiliTunniste),
    })),
  );
  return { ...told(result.TilaKoodi), KohdeMaara: result.KohdeMaara, Kohteet };
}

async function message(one, contract) {
  const { TilaKoodi } = await call('LahetaViesti', {
    Viranomainen: caller(),
    Kysely: {
      Paperi: false,
      Kohteet: { Kohde: [one] },
      Tulostustoimittaja: ids['print-provider'],
      LahetaTulostukseen: false,
      Laskutus: {
        Tunniste: contract ?? ids['print-contract'],
        Salasana: ids['print-password'],
        Kustannuspaikka: 'Päiväkodit',
      },
    },
  });
  return told(TilaKoodi);
}

function told({ TilaKoodi, TilaKoodiKuvaus }) {
  return { TilaKoodi, TilaKoodiKuvaus };
}

/** What the program sees when a call fails. */
function failure(error) {
  const fault = error.root?.Envelope?.Body?.Fault;
  const said = fault ? { code: fault.faultcode, text: fault.faultstring } : { text: error.message };
  return { exception: error.name, ...said };
}

for (const name of process.argv.slice(2)) {
  const seen = await cases[name]().catch(failure);
  console.log(JSON.stringify({ case: name, seen }));
}
