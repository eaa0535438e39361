// Signs files as node-soap signs what it sends. Argument: own key and certificate (PEM).
//
// Each line of the input is `FILE ALGORITHM IDS OUT`: ALGORITHM is rsa-sha1, rsa-sha256 or
// default, IDS plain or wsu. Each gets one line of JSON.

import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import soap from 'soap';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const ALGORITHMS = {
  default: {},
  'rsa-sha1': { signatureAlgorithm: `${DS}rsa-sha1`, digestAlgorithm: `${DS}sha1` },
  'rsa-sha256': { signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256' },
};
const IDS = { plain: {}, wsu: { signerOptions: { idMode: 'wssecurity' } } };

const pem = readFileSync(process.argv[2], 'utf8');
const certificate = pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----'));

for await (const line of createInterface({ input: process.stdin })) {
  const [file, algorithm, ids, out] = line.split(' ');
  const options = { ...ALGORITHMS[algorithm], ...IDS[ids] };
  const security = new soap.WSSecurityCert(pem, certificate, '', options);
  writeFileSync(out, security.postProcess(readFileSync(file, 'utf8'), 'soap'));
  console.log('{}');
}
