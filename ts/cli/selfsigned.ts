import type { ICertificate } from './config.js';
import { crypto, net } from './plugins.js';

const DAY_MS = 86_400_000;

/**
 * A certificate for the built-in configuration, made anew at each start: P-256, valid for `days` for `names` (host
 * names and IPv4 addresses). Node has no function for it, and the packages that do bring 20 others; the structure is
 * RFC 5280's, the cryptography Node's.
 */
export function selfSigned(names: readonly string[], days = 30): ICertificate {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
  const subject = sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(names[0] ?? 'localhost')))));
  const tbs = sequence(
    der(0xa0, integer(2)),
    // Positive and never with a leading zero, as DER wants it.
    der(0x02, Buffer.concat([Buffer.of(0x40), crypto.randomBytes(15)])),
    ecdsaWithSha256,
    subject,
    // An hour back, for clocks that differ.
    sequence(utcTime(Date.now() - DAY_MS / 24), utcTime(Date.now() + days * DAY_MS)),
    subject,
    publicKey,
    der(0xa3, sequence(extension('2.5.29.17', sequence(...names.map(alternativeName))))),
  );
  const signature = crypto.sign('sha256', tbs, crypto.createPrivateKey(privateKey));
  return { key: privateKey, cert: pem(sequence(tbs, ecdsaWithSha256, bitString(signature))) };
}

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag), derLength(body.length), body]);
}

/** DER takes the shortest form only. */
function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}

const sequence = (...items: readonly Buffer[]): Buffer => der(0x30, ...items);
const integer = (value: number): Buffer => der(0x02, Buffer.of(value));
const bitString = (bytes: Buffer): Buffer => der(0x03, Buffer.of(0), bytes);
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), der(0x04, value));

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

/** `YYMMDDHHMMSSZ`; good until 2049. */
function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\.\d+|[^\d]/gu, '');
  return der(0x17, Buffer.from(`${digits.slice(2)}Z`));
}

function alternativeName(name: string): Buffer {
  return net.isIPv4(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name));
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/gu) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
