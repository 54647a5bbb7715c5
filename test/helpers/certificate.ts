import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ICertificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

/** A self-signed certificate of its own, made by openssl; valid for `days`. */
export function makeCertificate(
  commonName: string,
  altNames: readonly string[] = [commonName],
  days = 30,
): ICertificate {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-cert-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const names = altNames.map((name) => `${/^[\d.]+$|:/.test(name) ? 'IP' : 'DNS'}:${name}`).join(',');
    const args = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days ${days}`.split(' ');
    args.push('-subj', `/CN=${commonName}`, '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', cert);
    execFileSync('openssl', args, { stdio: 'pipe' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
