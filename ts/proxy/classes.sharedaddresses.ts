/** Places, a power of two. */
const PLACES = 1_024;
/** Of an IPv6 address with an IPv4 one in it. What is longer is no address, and must not be kept. */
const MAX_LENGTH = 45;

/**
 * One string for all connections of a client: each socket tells its address in a string of its own, which is 32 to 64
 * bytes a connection for as long as it is open. It forgets: of clients that meet in one place the latest is known.
 */
export class SharedAddresses {
  readonly #addresses = new Array<string>(PLACES).fill('');

  /** The same text. */
  share(address: string): string {
    if (address.length > MAX_LENGTH) return address;
    let hash = 0;
    for (let at = 0; at < address.length; at++) hash = Math.imul(hash ^ address.charCodeAt(at), 0x9e3779b1);
    const place = (hash ^ (hash >>> 16)) & (PLACES - 1);
    const known = this.#addresses[place];
    if (known === address) return known;
    this.#addresses[place] = address;
    return address;
  }
}
