import { net, z } from './plugins.js';
import { certificate, flag, ip, isHostname, port, strict, targetPort, text } from './configparts.js';

const range = strict({ from: targetPort, to: targetPort }).refine(
  ({ from, to }) => from <= to,
  'a range whose "from" is not above its "to"',
);
const ports = z.union(
  [port, z.array(z.union([port, range], 'a port or { from, to }')).min(1, 'a list with at least one port')],
  'a port number from 0 to 65535, or a list of ports and { from, to } ranges',
);

const DOMAIN_RULE = 'a host name, "*" or "*." and a host name';
const domain = z
  .string(DOMAIN_RULE)
  .refine((value) => value === '*' || isHostname(value.startsWith('*.') ? value.slice(2) : value), DOMAIN_RULE);
const domains = z.union([domain, z.array(domain).min(1, 'a list with at least one host name')], DOMAIN_RULE);

const CLIENT_RULE = 'an address, a prefix such as 10.0.0.0/8, or a pattern such as 10.0.*';
const clientIp = z.string(CLIENT_RULE).regex(/^[0-9a-f.:*]+(\/\d{1,3})?$/iu, CLIENT_RULE);

const HOST_RULE = 'a host name or an address';
const target = strict({
  host: z.string(HOST_RULE).refine((value) => net.isIP(value) !== 0 || isHostname(value), HOST_RULE),
  port: targetPort,
});

const terminate = strict({ mode: z.literal('terminate', '"terminate"'), certificate });
const tls = z.discriminatedUnion(
  'mode',
  [strict({ mode: z.literal('passthrough') }), terminate],
  '"passthrough" or "terminate"',
);

const forward = strict({
  type: z.literal('forward'),
  targets: z.array(target, 'a list of { host, port }').min(1, 'a list with at least one { host, port }'),
  tls: tls.optional(),
});

const handler = strict({
  type: z.literal('socket-handler'),
  // A file holds no code: a handler of one's own needs the library.
  socketHandler: z.enum(['hello', 'echo'], '"hello" (answers HTTP) or "echo" (sends back what comes)'),
  tls: terminate.optional(),
});

const route = strict({
  name: text('a text').optional(),
  priority: z.number('a number').optional(),
  match: strict({
    ports,
    domains: domains.optional(),
    clientIp: z.array(clientIp, 'a list of addresses').min(1, 'a list with at least one address').optional(),
  }),
  action: z.discriminatedUnion('type', [forward, handler], '"forward", or "socket-handler" with a built-in handler'),
});
export type TConfigRoute = z.infer<typeof route>;

const routes = z.array(route, 'a list of routes').superRefine((list, context) => {
  const seen = new Map<string, number>();
  list.forEach(({ name }, index) => {
    if (name === undefined) return;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else {
      const message = `unique among route names (proxy.routes[${first}] has it already)`;
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    }
  });
});

export const proxy = strict({
  host: ip.optional(),
  routes,
  acceptProxyProtocol: flag.optional(),
  proxyIPs: z.array(clientIp, 'a list of addresses').min(1, 'a list with at least one address').optional(),
});
