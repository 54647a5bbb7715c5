import { FIGURE_FIELDS, figuresSchema, type TFigures } from '../../schema/figures.js';
import { messageOf } from '../errors.js';
import { http, https } from '../plugins.js';
import { printable } from './text.js';

export interface IStatsTarget {
  /** Of an ops server: `/api/stats` stands below it. */
  readonly url: URL;
  readonly token: string | undefined;
  /** PEM; in place of the certificate authorities that Node knows. */
  readonly ca: string | undefined;
}

interface IAnswer {
  readonly figures: TFigures;
  readonly value: unknown;
}

interface IResponse {
  readonly status: number;
  readonly text: string;
}

const TIMEOUT_MS = 5000;
/** Well above the figures of the most routes that a manager keeps. */
const MAX_BYTES = 64 * 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ABORT_ERR: `no answer within ${TIMEOUT_MS / 1000} s`,
  ECONNREFUSED: 'connection refused: nothing listens there',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name cannot be looked up now',
  ETIMEDOUT: 'no answer',
  EPROTO: 'it does not speak TLS: is it http rather than https?',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};
const UNTRUSTED = /^(DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(GET_ISSUER|VERIFY)/;

/** Asks one ops server for its stats, over one kept connection. */
export class StatsClient {
  readonly #target: IStatsTarget;
  readonly #agent: http.Agent;

  constructor(target: IStatsTarget) {
    this.#target = target;
    const options = { keepAlive: true, maxSockets: 1 };
    this.#agent = this.#secure ? new https.Agent({ ...options, ca: target.ca }) : new http.Agent(options);
  }

  get #secure(): boolean {
    return this.#target.url.protocol === 'https:';
  }

  /** What is shown. Rejects with an error whose message says, in one line, why there are no figures. */
  async read(): Promise<TFigures> {
    return (await this.#stats(`?fields=${FIGURE_FIELDS.join()}`)).figures;
  }

  /** All of the stats as JSON. Rejects as `read()` does. */
  async readJson(): Promise<string> {
    return JSON.stringify((await this.#stats('')).value);
  }

  async #stats(query: string): Promise<IAnswer> {
    const { status, text } = await this.#get(query).catch((error: unknown) => {
      throw new Error(this.#reason(error), { cause: error });
    });
    if (status !== 200) throw new Error(this.#refusal(status, text));
    const value = parsed(text);
    const found = figuresSchema.safeParse(value);
    if (found.success) return { figures: found.data, value };
    const version: unknown = (value as { schemaVersion?: unknown } | null | undefined)?.schemaVersion;
    if (typeof version === 'number' && version !== 1) {
      throw new Error(`its stats are of version ${version}, and this routemeter knows version 1 only`);
    }
    throw new Error('it is not a routemeter: /api/stats does not answer with stats');
  }

  close(): void {
    this.#agent.destroy();
  }

  #get(query: string): Promise<IResponse> {
    const { url, token } = this.#target;
    const options = {
      agent: this.#agent,
      headers: { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    const target = new URL(`${url.pathname.replace(/\/+$/, '')}/api/stats${query}`, url);
    return new Promise((resolve, reject) => {
      const request = (this.#secure ? https : http).get(target, options, (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_BYTES) response.destroy(new Error(`its answer is longer than ${MAX_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      });
      request.on('error', reject);
    });
  }

  #reason(error: unknown): string {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (UNTRUSTED.test(code)) {
      return this.#target.ca === undefined
        ? 'its certificate is not signed by an authority known here: --ca FILE names one'
        : 'its certificate is not signed by an authority in the --ca file';
    }
    if (code.startsWith('HPE_')) return 'it does not speak HTTP';
    return REASONS[code] ?? printable(messageOf(error));
  }

  #refusal(status: number, text: string): string {
    if (status === 401) {
      return this.#target.token === undefined
        ? 'it wants a token: set ROUTEMETER_TOKEN, or name a file with --token-file'
        : 'it refuses the token';
    }
    if (status === 421) return 'it does not answer to this name: its option allowedHosts lists further ones';
    const detail = (parsed(text) as { detail?: unknown } | null | undefined)?.detail;
    if (typeof detail === 'string' && status >= 500) return `it answers ${status}: ${printable(detail)}`;
    return `it is not a routemeter: /api/stats answers with status ${status}`;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
