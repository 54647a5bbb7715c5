import { net, z } from './plugins.js';

// Every message is a rule that can follow "must be"; that of an unknown key is the list of the known ones. Whoever
// prints it adds the path and the value.

const PORT_RULE = 'a port number from 0 to 65535';
export const port = z.int(PORT_RULE).min(0, PORT_RULE).max(65535, PORT_RULE);

const TARGET_PORT_RULE = 'a port number from 1 to 65535';
export const targetPort = z.int(TARGET_PORT_RULE).min(1, TARGET_PORT_RULE).max(65535, TARGET_PORT_RULE);

export function text(rule: string): z.ZodString {
  return z.string(rule).min(1, rule);
}

export function whole(min: number, max: number): z.ZodInt {
  const rule = `a whole number from ${min} to ${max}`;
  return z.int(rule).min(min, rule).max(max, rule);
}

export const flag = z.boolean('true or false');

const IP_RULE = 'an IPv4 or IPv6 address';
export const ip = z.string(IP_RULE).refine((value) => net.isIP(value) !== 0, IP_RULE);

/** A host name in presentation form: ASCII letters, digits, `-` and `_`, at most 253 characters, labels of at most 63. */
export function isHostname(value: string): boolean {
  const name = value.endsWith('.') ? value.slice(0, -1) : value;
  return name.length <= 253 && name.split('.').every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/u.test(label));
}

/** Refuses unknown keys and names the known ones. */
export function strict<TShape extends z.ZodRawShape>(shape: TShape): ReturnType<typeof z.strictObject<TShape>> {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : `an object with ${known}`),
  });
}

/** Where a key and its certificate are: in files beside the configuration, or written out as PEM. */
export const certificate = z.union(
  [
    strict({ keyFile: text('the path of a PEM file'), certFile: text('the path of a PEM file') }),
    strict({ key: text('a PEM text'), cert: text('a PEM text') }),
  ],
  '{ keyFile, certFile } or { key, cert }',
);
export type TConfigCertificate = z.infer<typeof certificate>;
