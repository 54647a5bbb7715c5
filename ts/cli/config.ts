import type { IRouteConfig, IRouteTls } from '../interfaces/smartproxy.js';
import type { IDnsCacheOptions } from '../dns/index.js';
import type { TTlsOptions } from '../ops/index.js';
import { configSchema, type TConfigFile } from '../schema/config.js';
import type { TConfigRecord } from '../schema/configdns.js';
import type { TConfigCertificate } from '../schema/configparts.js';
import type { TConfigRoute } from '../schema/configproxy.js';
import type { TNamedHandler } from './classes.namedhandlers.js';
import { conflicts } from './conflicts.js';
import { DEFAULT_DRAIN_MS, DEFAULT_HOST } from './defaults.js';
import { ConfigError, messageOf } from './errors.js';
import { readJsonFile, readReason, type IJsonFile, type TPath } from './jsonfile.js';
import { pathText, problemsOf } from './problems.js';
import { refusals, type TRefuse } from './refusals.js';
import { crypto, fs, path } from './plugins.js';

export interface ICertificate {
  readonly key: string;
  readonly cert: string;
}

/** A route as a file has it: a handler is a name. */
export interface ICliRoute extends Omit<IRouteConfig, 'action'> {
  readonly action: Omit<IRouteConfig['action'], 'socketHandler'> & {
    readonly socketHandler?: TNamedHandler | undefined;
  };
}

type TConfigFront = Exclude<NonNullable<TConfigFile['dns']>['front'], false>;

/** A configuration with every file that it names read. */
export interface ICliConfig {
  readonly proxy: Omit<TConfigFile['proxy'], 'routes'> & { readonly routes: readonly ICliRoute[] };
  readonly dns: IDnsConfig | undefined;
  readonly ops: {
    readonly host?: string | undefined;
    readonly port?: number | undefined;
    readonly token?: string | undefined;
    /** Where the token stands, if in a file of its own. */
    readonly tokenFile?: string | undefined;
    readonly allowedHosts?: readonly string[] | undefined;
    readonly tls?: TTlsOptions | undefined;
  };
  readonly metrics: NonNullable<TConfigFile['metrics']>;
  readonly drainMs: number;
}

export interface IDnsConfig {
  readonly host: string;
  readonly port: number;
  readonly zone: string;
  readonly records: readonly TConfigRecord[];
  /** `false`: SmartDNS speaks with the clients itself. */
  readonly front: IFrontConfig | false;
}

export interface IFrontConfig {
  readonly cache?: IDnsCacheOptions | undefined;
  /** On the host of DNS. */
  readonly doh?: (ICertificate & { readonly port: number }) | undefined;
}

/** Reads and checks a configuration file. Throws a `ConfigError` that lists every problem. */
export function readConfig(file: string): ICliConfig {
  const source = readJsonFile(file);
  const parsed = configSchema.safeParse(source.value);
  if (!parsed.success) throw new ConfigError(problemsOf(source, parsed.error.issues));
  const files = new FileReader(source);
  const config = withFiles(parsed.data, files);
  if (files.problems.length > 0) throw new ConfigError(files.problems);
  return config;
}

function withFiles(file: TConfigFile, files: FileReader): ICliConfig {
  const { tokenFile, token: written, tls, ...ops } = file.ops ?? {};
  const token = tokenFile === undefined ? written : files.read(tokenFile, ['ops', 'tokenFile'])?.trim();
  const refuse: TRefuse = (at, text) => void files.refuse(at, text);
  refusals(file, token, refuse);
  conflicts(file, refuse);
  return {
    proxy: { ...file.proxy, routes: file.proxy.routes.map((route, index) => routeOf(route, index, files)) },
    dns: file.dns === undefined ? undefined : dnsOf(file.dns, files),
    ops: {
      ...ops,
      token,
      tokenFile: tokenFile === undefined ? undefined : files.pathOf(tokenFile),
      tls: tls === undefined ? undefined : opsTls(tls, files),
    },
    metrics: file.metrics ?? {},
    drainMs: file.drainMs ?? DEFAULT_DRAIN_MS,
  };
}

function dnsOf({ host, front, ...dns }: NonNullable<TConfigFile['dns']>, files: FileReader): IDnsConfig {
  return { ...dns, host: host ?? DEFAULT_HOST, front: front === false ? false : frontOf(front, files) };
}

function frontOf({ cache, doh }: TConfigFront = {}, files: FileReader): IFrontConfig {
  const pair = doh === undefined ? undefined : files.certificate(doh, ['dns', 'front', 'doh']);
  return { cache, doh: doh === undefined || pair === undefined ? undefined : { ...pair, port: doh.port } };
}

/** Files stay files, for the server looks after them; what they hold now is checked all the same. */
function opsTls(value: TConfigCertificate, files: FileReader): TTlsOptions | undefined {
  const pair = files.certificate(value, ['ops', 'tls']);
  if (!('keyFile' in value)) return pair;
  return { keyFile: files.pathOf(value.keyFile), certFile: files.pathOf(value.certFile) };
}

function routeOf({ name, priority, match, action }: TConfigRoute, index: number, files: FileReader): ICliRoute {
  const path = ['proxy', 'routes', index, 'action', 'tls', 'certificate'];
  let tls: IRouteTls | undefined;
  if (action.tls?.mode === 'passthrough') tls = { mode: 'passthrough' };
  if (action.tls?.mode === 'terminate') {
    tls = { mode: 'terminate', certificate: files.certificate(action.tls.certificate, path) };
  }
  if (action.type === 'socket-handler') {
    return { name, priority, match, action: { type: action.type, socketHandler: action.socketHandler, tls } };
  }
  return { name, priority, match, action: { type: action.type, targets: action.targets, tls } };
}

/** Reads what a configuration names, relative to the configuration's own folder, and collects what is wrong with it. */
class FileReader {
  readonly problems: string[] = [];
  readonly #source: IJsonFile;

  constructor(source: IJsonFile) {
    this.#source = source;
  }

  pathOf(name: string): string {
    return path.resolve(path.dirname(this.#source.file), name);
  }

  read(name: string, at: TPath): string | undefined {
    const file = this.pathOf(name);
    try {
      return fs.readFileSync(file, 'utf8');
    } catch (error) {
      return this.refuse(at, `names ${JSON.stringify(file)}, which cannot be read: ${readReason(error)}`);
    }
  }

  certificate(value: TConfigCertificate, path: TPath): ICertificate | undefined {
    const inFiles = 'keyFile' in value;
    const [keyPath, certPath] = inFiles ? ['keyFile', 'certFile'] : ['key', 'cert'];
    const key = inFiles ? this.read(value.keyFile, [...path, keyPath]) : value.key;
    const cert = inFiles ? this.read(value.certFile, [...path, certPath]) : value.cert;
    if (key === undefined || cert === undefined) return undefined;
    const privateKey = this.#parse([...path, keyPath], 'a private key in PEM', () => crypto.createPrivateKey(key));
    const x509 = this.#parse([...path, certPath], 'a certificate in PEM', () => new crypto.X509Certificate(cert));
    if (privateKey !== undefined && x509 !== undefined && !x509.checkPrivateKey(privateKey)) {
      return this.refuse(path, 'must be a key and the certificate of that key; these two do not match');
    }
    return { key, cert };
  }

  #parse<T>(path: TPath, what: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      return this.refuse(path, `must be ${what}: ${messageOf(error)}`);
    }
  }

  refuse(path: TPath, text: string): undefined {
    this.problems.push(`${this.#source.locate(path)}: ${pathText(path)} ${text}`);
  }
}
