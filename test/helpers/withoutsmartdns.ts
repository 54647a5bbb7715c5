import { chmodSync } from 'node:fs';
import type { ConfigFolder } from './cli.js';

export interface IWithoutSmartDns {
  readonly what: string;
  /** Arguments for node that bring it about. */
  readonly nodeArgs: readonly string[];
  /** What the CLI has to say. */
  readonly line: RegExp;
}

/** The two ways in which a machine is without SmartDNS: it is not installed, or its binary does not run. */
export function withoutSmartDns(folder: ConfigFolder): readonly IWithoutSmartDns[] {
  return [
    {
      what: 'not installed',
      nodeArgs: hook(NOT_INSTALLED),
      line: /^routemeter: (running without DNS: )?SmartDNS is not installed: npm install @push\.rocks\/smartdns$/,
    },
    {
      what: 'old system',
      nodeArgs: hook(otherBinary(folder)),
      line: /^routemeter: (running without DNS: )?SmartDNS needs glibc 2\.38, which .* not have: use Debian 13, .*$/,
    },
  ];
}

/** A hook that changes what the process imports. */
function hook(body: string): string[] {
  const hooks = JSON.stringify(`data:text/javascript,${encodeURIComponent(body)}`);
  const register = `import { register } from 'node:module'; register(${hooks});`;
  return ['--import', `data:text/javascript,${encodeURIComponent(register)}`];
}

const NOT_INSTALLED = `export async function resolve(name, context, next) {
  if (!name.startsWith('@push.rocks/smartdns')) return next(name, context);
  throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
}`;

/** SmartDNS as it is, but for its binary: one that says what the loader of an old system says, and ends. */
function otherBinary(folder: ConfigFolder): string {
  const said = "rustdns: /lib/libc.so.6: version \\`GLIBC_2.38' not found (required by rustdns)";
  const binary = folder.write('rustdns', `#!/bin/sh\necho "${said}" >&2\nexit 1\n`);
  chmodSync(binary, 0o755);
  return `export async function load(url, context, next) {
    const loaded = await next(url, context);
    if (!url.endsWith('/classes.rustdnsbridge.js')) return loaded;
    const source = String(loaded.source).replace('const localPaths = [];', 'const localPaths = [${JSON.stringify(binary)}];');
    return { ...loaded, source };
  }`;
}
