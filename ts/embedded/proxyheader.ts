import { normaliseIp } from '../shared/ip.js';
import { net } from './plugins.js';

export interface IProxyHeader {
  /** Bytes the header takes. */
  readonly size: number;
  /** `null`: the header tells none (`UNKNOWN`, `LOCAL`), the peer itself is the client. */
  readonly clientIp: string | null;
}

const V1 = Buffer.from('PROXY ');
const V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
/** Longest line of version 1, its end included. */
const V1_MAX = 107;

/**
 * Reads a PROXY protocol header (version 1 or 2) from the start of a connection.
 * Rules: https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt. A trusted peer always sends one: there is no guessing.
 */
export function readProxyHeader(bytes: Buffer): IProxyHeader | 'more' | 'bad' {
  if (startsAlike(bytes, V2)) return bytes.length < 16 ? 'more' : readV2(bytes);
  if (startsAlike(bytes, V1)) return readV1(bytes);
  return 'bad';
}

const startsAlike = (bytes: Buffer, magic: Buffer): boolean => {
  const length = Math.min(bytes.length, magic.length);
  return bytes.subarray(0, length).equals(magic.subarray(0, length));
};

function readV1(bytes: Buffer): IProxyHeader | 'more' | 'bad' {
  const line = bytes.subarray(0, V1_MAX);
  const end = line.indexOf('\r\n');
  if (end < 0) return bytes.length < V1_MAX ? 'more' : 'bad';
  const size = end + 2;
  const [, protocol, source, destination, ...ports] = line.toString('latin1', 0, end).split(' ');
  if (protocol === 'UNKNOWN') return { size, clientIp: null };
  const version = protocol === 'TCP4' ? 4 : protocol === 'TCP6' ? 6 : 0;
  const good =
    version !== 0 &&
    net.isIP(source ?? '') === version &&
    net.isIP(destination ?? '') === version &&
    ports.length === 2 &&
    ports.every((port) => /^\d{1,5}$/.test(port) && Number(port) <= 65_535);
  return good ? { size, clientIp: canonical(source ?? '') } : 'bad';
}

function readV2(bytes: Buffer): IProxyHeader | 'more' | 'bad' {
  const [version, command] = [bytes.readUInt8(12) >> 4, bytes.readUInt8(12) & 15];
  const family = bytes.readUInt8(13) >> 4;
  const length = bytes.readUInt16BE(14);
  if (version !== 2 || command > 1) return 'bad';
  if (bytes.length < 16 + length) return 'more';
  const size = 16 + length;
  // LOCAL is the proxy's own connection (a health check); other families have no address to tell.
  if (command === 0 || (family !== 1 && family !== 2)) return { size, clientIp: null };
  if (length < (family === 1 ? 12 : 36)) return 'bad';
  if (family === 1) return { size, clientIp: bytes.subarray(16, 20).join('.') };
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(16 + index * 2).toString(16));
  return { size, clientIp: canonical(groups.join(':')) };
}

/** One spelling for one address, as Node prints it. */
const canonical = (address: string): string | null =>
  normaliseIp(new net.SocketAddress({ address, family: net.isIPv6(address) ? 'ipv6' : 'ipv4' }).address);
