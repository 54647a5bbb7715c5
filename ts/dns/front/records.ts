/** The offset behind a name, `-1` where it runs out of the message. Pointers are not followed, so that none can loop. */
export function skipName(packet: Buffer, offset: number): number {
  for (let at = offset; ;) {
    const label = packet[at];
    if (label === undefined) return -1;
    if (label === 0) return at + 1;
    if (label >= 0xc0) return at + 2 <= packet.length ? at + 2 : -1;
    if (label > 63) return -1;
    at += label + 1;
  }
}

/** Of a record whose name ends at `at`: the offset behind it, `-1` where it runs out of the message. */
export function skipRest(packet: Buffer, at: number): number {
  if (at < 0 || at + 10 > packet.length) return -1;
  const end = at + 10 + packet.readUInt16BE(at + 8);
  return end <= packet.length ? end : -1;
}
