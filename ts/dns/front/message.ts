/** Octets and numbers of a DNS message (RFC 1035 section 4.1, RFC 6891, IANA's DNS parameters). */

export const HEADER_SIZE = 12;
/** An OPT record without options. */
export const OPT_SIZE = 11;

/** Where the four counts of the header are. */
export const AT = { id: 0, flags: 2, questions: 4, answers: 6, authorities: 8, additionals: 10 } as const;

export const FLAG = { response: 0x8000, opcode: 0x7800, truncated: 0x0200, recursion: 0x0100, unchecked: 0x0010 } as const; // prettier-ignore
export const opcodeOf = (flags: number): number => (flags >> 11) & 15;

export const TYPE = { a: 1, soa: 6, opt: 41, rrsig: 46, any: 255 } as const;

export const CODE = { noerror: 0, formerr: 1, servfail: 2, notimp: 4, refused: 5, badvers: 16 } as const;

const CODES = [
  'NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE', 'DSOTYPENI',
]; // prettier-ignore

/** IANA's mnemonic, or `RCODE<n>`. */
export const codeName = (code: number): string => (code === CODE.badvers ? 'BADVERS' : (CODES[code] ?? `RCODE${code}`));

const TYPES: string[] = [];
for (const [type, name] of [
  [1, 'A'], [2, 'NS'], [5, 'CNAME'], [6, 'SOA'], [12, 'PTR'], [13, 'HINFO'], [15, 'MX'], [16, 'TXT'], [17, 'RP'], [18, 'AFSDB'], [28, 'AAAA'], [29, 'LOC'], [33, 'SRV'], [35, 'NAPTR'], [36, 'KX'], [37, 'CERT'], [39, 'DNAME'], [41, 'OPT'], [42, 'APL'], [43, 'DS'], [44, 'SSHFP'], [45, 'IPSECKEY'], [46, 'RRSIG'], [47, 'NSEC'], [48, 'DNSKEY'], [49, 'DHCID'], [50, 'NSEC3'], [51, 'NSEC3PARAM'], [52, 'TLSA'], [53, 'SMIMEA'], [55, 'HIP'], [59, 'CDS'], [60, 'CDNSKEY'], [61, 'OPENPGPKEY'], [62, 'CSYNC'], [63, 'ZONEMD'], [64, 'SVCB'], [65, 'HTTPS'], [249, 'TKEY'], [250, 'TSIG'], [251, 'IXFR'], [252, 'AXFR'], [255, 'ANY'], [256, 'URI'], [257, 'CAA'],
] as const) TYPES[type] = name; // prettier-ignore

/** IANA's mnemonic, or `TYPE<n>` (RFC 3597). */
export const typeName = (type: number): string => TYPES[type] ?? `TYPE${type}`;
