import { net, z } from './plugins.js';
import { flag, ip, isHostname, port, strict, text, whole } from './configparts.js';

const OWNER_RULE = 'a host name, or "*." and a host name';
const owner = z
  .string(OWNER_RULE)
  .refine((value) => isHostname(value.startsWith('*.') ? value.slice(2) : value), OWNER_RULE)
  .transform((value) => withoutDot(value).toLowerCase());

const hostname = z
  .string('a host name')
  .refine((value) => value === '.' || isHostname(value), 'a host name')
  .transform(withoutDot);

function withoutDot(name: string): string {
  return name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name;
}

const TXT_RULE = 'a text of at most 255 bytes, or a list of such texts';
const segment = z.string(TXT_RULE).refine((value) => Buffer.byteLength(value) <= 255, TXT_RULE);

/** 0 is not possible: SmartDNS answers 300 in its place. */
const ttl = whole(1, 2 ** 31 - 1).optional();
const number16 = whole(0, 65535);
const number32 = whole(0, 2 ** 32 - 1);

const data = {
  A: z.string('an IPv4 address').refine((value) => net.isIPv4(value), 'an IPv4 address'),
  AAAA: z
    .string('an IPv6 address')
    .refine((value) => net.isIPv6(value) && !value.includes('%'), 'an IPv6 address')
    // SmartDNS misreads the form that ends in dotted decimals; URL has the one form of RFC 5952.
    .transform((value) => new URL(`http://[${value}]`).hostname.slice(1, -1)),
  CNAME: hostname,
  NS: hostname,
  PTR: hostname,
  TXT: z.union([segment, z.array(segment).min(1, TXT_RULE)], TXT_RULE),
  MX: strict({ preference: number16, exchange: hostname }),
  SRV: strict({ priority: number16, weight: number16, port: number16, target: hostname }),
  SOA: strict({
    mname: hostname,
    rname: hostname,
    serial: number32,
    refresh: number32,
    retry: number32,
    expire: number32,
    minimum: number32,
  }),
};

const shape = <TType extends string, TData extends z.ZodType>(type: TType, value: TData) =>
  strict({ name: owner, type: z.literal(type), ttl, data: value });

const record = z.discriminatedUnion(
  'type',
  [
    shape('A', data.A),
    shape('AAAA', data.AAAA),
    shape('CNAME', data.CNAME),
    shape('NS', data.NS),
    shape('PTR', data.PTR),
    shape('TXT', data.TXT),
    shape('MX', data.MX),
    shape('SRV', data.SRV),
    shape('SOA', data.SOA),
  ],
  `one of ${Object.keys(data).join(', ')}`,
);
export type TConfigRecord = z.infer<typeof record>;

/** RFC 1034, 3.6.2: a name that has a CNAME has nothing else. */
const records = z.array(record, 'a list of records').superRefine((list, context) => {
  list.forEach((entry, index) => {
    if (entry.type !== 'CNAME') return;
    const other = list.findIndex((candidate, at) => at !== index && candidate.name === entry.name);
    if (other < 0) return;
    const message = `the only record of its name where it is a CNAME (dns.records[${other}] has the name, too)`;
    context.addIssue({ code: 'custom', path: [index], message });
  });
});

/** As the option of MetricsAwareDns has it. */
const cache = strict({
  coalesce: flag.optional(),
  maxTtl: whole(1, 2 ** 31 - 1).optional(),
  negativeTtl: whole(0, 2 ** 31 - 1).optional(),
  maxEntries: whole(1, 10_000_000).optional(),
  maxBytes: whole(1, Number.MAX_SAFE_INTEGER).optional(),
});

const doh = z.union(
  [
    strict({ port, keyFile: text('the path of a PEM file'), certFile: text('the path of a PEM file') }),
    strict({ port, key: text('a PEM text'), cert: text('a PEM text') }),
  ],
  '{ port, keyFile, certFile } or { port, key, cert }',
);

const front = z.union(
  [z.literal(false), strict({ cache: cache.optional(), doh: doh.optional() })],
  'false, or an object with cache, doh',
);

const WITHOUT_FRONT_RULE =
  'an IPv4 address where "front" is false (for an IPv6 one SmartDNS would listen on every address)';

export const dns = strict({
  host: ip.optional(),
  port,
  /** What speaks with the clients; `false`: SmartDNS itself, which tells nothing of them, over UDP alone. */
  front: front.optional(),
  /** The zone whose name SmartDNS signs and answers for. */
  zone: text('a host name').refine(isHostname, 'a host name'),
  records,
}).superRefine(({ host, front: speaks, zone, records: list }, context) => {
  if (speaks === false && host !== undefined && !net.isIPv4(host)) {
    context.addIssue({ code: 'custom', path: ['host'], message: WITHOUT_FRONT_RULE });
  }
  // Names are whole: "www" would be served as a top-level name, and what was meant would not be.
  list.forEach(({ name }, index) => {
    if (name.includes('.') || name === zone.toLowerCase()) return;
    const message = `a whole name, such as "${name}.${zone}"`;
    context.addIssue({ code: 'custom', path: ['records', index, 'name'], message });
  });
});
