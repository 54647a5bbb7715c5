import { getExtensionData, readTlsClientHello, stream } from './plugins.js';

/** First byte of every TLS connection: a handshake record. */
export const TLS_HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
/** Nobody splits a ClientHello so finely; every record is looked at again whenever bytes arrive. */
const MAX_RECORDS = 256;

/**
 * The whole ClientHello, as one record whatever the records it came in (clients may split it), or what is missing.
 * RFC 8446, sections 4 and 5.1.
 */
export function completeClientHello(bytes: Buffer): Buffer | 'more' | 'bad' {
  const fragments: Buffer[] = [];
  let have = 0;
  let want = 4;
  for (let at = 0; have < want;) {
    if (bytes.length < at + 5) return isPrefix(bytes, at) ? 'more' : 'bad';
    if (!isPrefix(bytes, at)) return 'bad';
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > 16_640) return 'bad';
    const fragment = bytes.subarray(at + 5, at + 5 + length);
    fragments.push(fragment);
    have += fragment.length;
    at += 5 + length;
    if (fragments.length > MAX_RECORDS) return 'bad';
    if (want === 4 && have >= 4) {
      const head = Buffer.concat(fragments);
      if (head[0] !== CLIENT_HELLO) return 'bad';
      want = 4 + head.readUIntBE(1, 3);
    }
  }
  if (want > 0xffff) return 'bad';
  return Buffer.concat([Buffer.from([TLS_HANDSHAKE, 3, 1, want >> 8, want & 0xff]), ...fragments], 5 + want);
}

const isPrefix = (bytes: Buffer, at: number): boolean =>
  (bytes.length <= at || bytes[at] === TLS_HANDSHAKE) && (bytes.length <= at + 1 || bytes[at + 1] === 3);

/** The server name a complete ClientHello asks for. Rejects when it cannot be read. */
export async function serverName(hello: Buffer): Promise<string | undefined> {
  const message = await readTlsClientHello(stream.Readable.from([hello], { objectMode: false }));
  return getExtensionData(message, 'sni')?.serverName;
}
