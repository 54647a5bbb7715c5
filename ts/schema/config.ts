import { z } from './plugins.js';
import { certificate, ip, port, strict, text, whole } from './configparts.js';
import { dns } from './configdns.js';
import { proxy } from './configproxy.js';

const ops = strict({
  host: ip.optional(),
  port: port.optional(),
  token: text('a text').optional(),
  tokenFile: text('the path of a file that holds the token').optional(),
  allowedHosts: z.array(text('a host name'), 'a list of host names').optional(),
  tls: certificate.optional(),
}).refine((value) => value.token === undefined || value.tokenFile === undefined, {
  path: ['tokenFile'],
  message: 'left out where "token" is set',
});

const PREFIX_RULE = 'a metric name prefix: letters, digits and _, a letter first';

const metrics = strict({
  prefix: z
    .string(PREFIX_RULE)
    .regex(/^[A-Za-z][A-Za-z0-9_]*$/u, PREFIX_RULE)
    .optional(),
  privacy: z.enum(['full', 'mask', 'none'], '"full", "mask" or "none"').optional(),
  limits: strict({
    routes: whole(1, 1_000_000).optional(),
    dnsHandlers: whole(1, 1_000_000).optional(),
  }).optional(),
  topLists: strict({
    capacity: whole(1, 100_000).optional(),
    shown: whole(1, 100_000).optional(),
  }).optional(),
});

/** The configuration file of the CLI. */
export const configSchema = strict({
  proxy,
  dns: dns.optional(),
  ops: ops.optional(),
  metrics: metrics.optional(),
  /** How long SIGTERM waits for open connections, in milliseconds. */
  drainMs: whole(0, 3_600_000).optional(),
});

export type TConfigInput = z.input<typeof configSchema>;
export type TConfigFile = z.output<typeof configSchema>;
