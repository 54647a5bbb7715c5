const PLAIN = /^[a-z0-9_.*-]+$/;

/**
 * A name as SmartDNS gives it (labels joined by dots, otherwise raw) in presentation form (RFC 4343 section 2.1):
 * lower case, without the final dot, `\\` for a backslash and `\DDD` for every octet that is not printable ASCII.
 * The root is `.`. Dots inside a label cannot be told from those between labels: SmartDNS does not tell them apart.
 */
export function presentName(raw: string): string {
  const name = raw.endsWith('.') ? raw.slice(0, -1) : raw;
  if (name === '') return '.';
  if (PLAIN.test(name)) return name;
  let text = '';
  // The encoder makes U+FFFD of a lone surrogate, so that the result is well formed.
  for (const octet of Buffer.from(name, 'utf8')) {
    if (octet === 0x5c) text += '\\\\';
    else if (octet > 0x20 && octet < 0x7f) text += String.fromCharCode(octet);
    else text += `\\${String(octet).padStart(3, '0')}`;
  }
  // After escaping, so that only ASCII letters change (RFC 4343 section 3).
  return text.toLowerCase();
}
