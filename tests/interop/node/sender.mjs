// A supplier's system on node-soap, written from the WSDL alone: it sends items and letters, and
// sends again what it does not know to have arrived.
//
// SUPPLIER in the environment is JSON: wsdl, customers, ids and, for signed calls, signed (address)
// and own (PEM file of key and certificate). Each line read names a step; when it is done, one JSON
// object a line says how. With careless it makes three mistakes that systems make.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import soap from 'soap';

const given = JSON.parse(process.env.SUPPLIER);
const { ids, customers, careless } = given;
const TITLE = 'Päätös asiassanne';
const SMALL = Buffer.from('%PDF-1.4\n%%EOF\n');
const LARGE = Buffer.concat([SMALL, Buffer.alloc(1_000_000, '% a page of a decision\n')]);

const steps = {
  'health-is-asked#1': () => call('HaeTilaTieto', request({})),
  'customer-is-asked-about#1': () => reachable('active'),
  'item-to-active-customer#1': () => item('active'),
  'item-with-attachment#1': () => item('active', { pdf: LARGE }),
  'letter-to-active-customer#1': () => letter('active'),
  'customer-without-account-gets-paper#1': () => letter('none'),
  'passive-customer-gets-no-item#1': async () => {
    if (await reachable('passive')) await item('passive');
  },
  'two-recipients-get-two-ids#1': () => sameTo('second-active', 'company'),
  'any-letter-arrives-as-it-is#1': () =>
    item('new-sign', { title: 'Päätös Åke Öhmanille – 5 €' }),
  'follow-up-refers-to-its-item#1': async () => {
    const first = await item('second-active', { more: { VaadiLukukuittaus: 1 } });
    await item('second-active', { refers: first });
  },
  'item-is-sent-again-after-a-lost-answer#1': () => item('reading'),
  'letter-is-sent-again-after-a-lost-answer#1': () => letter('reading'),
  'item-waits-for-the-end-of-a-break#1': () => item('slow'),
  'item-waits-for-the-end-of-a-break#2': sendWhatWaits,
  'fault-starts-no-storm#1': () => item('storage'),
  'signed-call-is-taken#1': signedCall,
};

const waiting = [];
let connected;

/** Whether an item may be sent: the account is active and was not made passive. */
async function reachable(role) {
  const asked = {
    KyselyLaji: 'Asiakkaat',
    KyselyAlku: null,
    KyselyLoppu: null,
    Asiakkaat: { Asiakas: [{ attributes: customers[role] }] },
  };
  const [state] = (await call('HaeAsiakkaita', request(asked))).Asiakkaat.Asiakas;
  return state.Tila === 300 && state.TiliPassivoitu === 0;
}

/** The same text to several customers, an item for each. */
async function sameTo(...roles) {
  const shared = careless ? newId() : undefined;
  for (const role of roles) await item(role, { own: shared });
}

async function item(role, { own = newId(), title = TITLE, pdf, more = {}, refers } = {}) {
  const link = { ViittausTunniste: refers, ViittausTunnisteTyyppi: 'ViranomaisTunniste' };
  const kohde = {
    Asiakas: [recipient(role)],
    ViranomaisTunniste: own,
    ...(refers ? { Viittaus: { attributes: link } } : {}),
    ...more,
    ...content(title, pdf),
  };
  await deliver('LisaaKohteita', request({ KohdeMaara: 1, Kohteet: { Kohde: [kohde] } }));
  return own;
}

/** A letter is printed for whoever has no account; a test is never printed. */
async function letter(role) {
  const title = careless && role === 'none' ? `${TITLE} ${customers[role].AsiakasTunnus}` : TITLE;
  const kohde = {
    Asiakas: [recipient(role)],
    ViranomaisTunniste: newId(),
    ...content(title, SMALL),
  };
  const asked = {
    Paperi: false,
    Kohteet: { Kohde: [kohde] },
    Tulostustoimittaja: ids['print-provider'],
    LahetaTulostukseen: false,
    Laskutus: {
      Tunniste: careless ? '0000' : ids['print-contract'],
      Salasana: ids['print-password'],
    },
  };
  await deliver('LahetaViesti', request(asked));
}

function recipient(role) {
  const Osoite = {
    Nimi: 'Testi Asiakas',
    Lahiosoite: 'Testikatu 1',
    Postinumero: '00100',
    Postitoimipaikka: 'HELSINKI',
    Maa: 'FI',
  };
  return { attributes: customers[role], Osoite };
}

function content(Nimeke, pdf) {
  const file = pdf && {
    TiedostonKuvaus: 'Päätös',
    TiedostoSisalto: pdf.toString('base64'),
    TiedostoKoko: String(Math.ceil(pdf.length / 1000)),
    TiedostoMuoto: 'application/pdf',
    TiedostoNimi: 'päätös.pdf',
  };
  return {
    Nimeke,
    LahetysPvm: new Date().toISOString(),
    KuvausTeksti: 'Asiassanne on tehty päätös.',
    ...(file ? { Tiedostot: { Tiedosto: [file] } } : {}),
  };
}

function request(Kysely) {
  const Viranomainen = {
    ViranomaisTunnus: ids.authority,
    PalveluTunnus: ids.service,
    SanomaTunniste: randomUUID(),
    SanomaVersio: '1.0',
    SanomaVarmenneNimi: ids['certificate-name'],
  };
  return { Viranomainen, Kysely };
}

function newId() {
  return `node-${randomUUID()}`;
}

/** Sends until it is known to have arrived; a Fault or another status than 200 makes it wait. */
async function deliver(operation, sent) {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return await call(operation, sent); // 520 and 525 for a repetition: it had arrived
    } catch (error) {
      if (error.response) break;
      // The answer is lost: the very same message again.
    }
  }
  waiting.push([operation, sent]);
}

/** Sends again, under its old ids, what has not arrived. */
async function sendWhatWaits() {
  for (const [operation, sent] of waiting.splice(0)) await deliver(operation, sent);
}

async function call(operation, sent) {
  connected ??= await soap.createClientAsync(given.wsdl, { disableCache: true });
  const [answer] = await connected[`${operation}Async`](sent);
  return answer[`${operation}Result`];
}

/** node-soap 1.6 asks for toXML, which WSSecurityCert lacks, to see if there is to be a Header. */
class Signature extends soap.WSSecurityCert {
  toXML() {
    return ' ';
  }
}

async function signedCall() {
  const own = readFileSync(given.own, 'utf8');
  const certificate = own.slice(own.indexOf('-----BEGIN CERTIFICATE-----'));
  const options = { endpoint: given.signed, disableCache: true };
  const client = await soap.createClientAsync(given.wsdl, options);
  client.setSecurity(new Signature(own, certificate, ''));
  await client.HaeTilaTietoAsync(request({}));
}

for await (const step of createInterface({ input: process.stdin })) {
  let failed = '';
  try {
    await steps[step]?.(); // in other steps there is nothing to do but wait
  } catch (error) {
    failed = error.message;
  }
  console.log(JSON.stringify({ step, failed }));
}
