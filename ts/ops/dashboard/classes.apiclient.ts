import { ApiError, refusalOf } from './classes.apierror.js';

const TIMEOUT_MS = 10_000;

export interface IAnswer<T> {
  readonly data: T;
  readonly etag: string | null;
}

/** Reads the HTTP API below one base URL. The token is kept here, in memory, and nowhere else. */
export class ApiClient {
  readonly #base: URL;
  readonly #changed: () => void;
  #token: string | null = null;
  #refused = false;
  #given: (() => void)[] = [];

  /** `changed` is called when the need of a token changes. */
  constructor(src: string, changed: () => void) {
    this.#base = new URL(src, document.baseURI);
    // `https://host/ops` means the folder.
    if (!this.#base.pathname.endsWith('/')) this.#base.pathname += '/';
    this.#changed = changed;
  }

  /** `no`, `yes`, or `refused` where the one that was given is not right. */
  get needsToken(): 'no' | 'yes' | 'refused' {
    return this.#refused ? (this.#token === null ? 'yes' : 'refused') : 'no';
  }

  useToken(token: string): void {
    this.#token = token;
    this.#refused = false;
    for (const go of this.#given.splice(0)) go();
    this.#changed();
  }

  /** Resolves when a token is given that was not refused yet, or when `signal` aborts. */
  tokenGiven(signal: AbortSignal): Promise<void> {
    if (!this.#refused) return Promise.resolve();
    return new Promise((resolve) => {
      this.#given.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** `null`: nothing has changed since the answer that `etag` came with. Rejects with an ApiError or what `fetch` throws. */
  async read<T>(path: string, signal: AbortSignal, etag: string | null = null): Promise<IAnswer<T> | null> {
    const headers = etag === null ? undefined : { 'If-None-Match': etag };
    const response = await this.open(path, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]), headers);
    if (response.status === 304) return null;
    const data = (await response.json().catch((error: unknown) => {
      if (error instanceof SyntaxError) throw new ApiError('what it answers is not JSON', response.status);
      throw error;
    })) as T;
    return { data, etag: response.headers.get('etag') };
  }

  /** The answer when its head is there; its body is the caller's to read. */
  async open(path: string, signal: AbortSignal, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const token = this.#token;
    const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
    const response = await fetch(new URL(path, this.#base), {
      headers: { ...headers, ...authorization },
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal,
    });
    if (response.ok || response.status === 304) return response;
    // An answer to what was asked before the token was given says nothing of it.
    if (response.status === 401 && token === this.#token && !this.#refused) {
      this.#refused = true;
      this.#changed();
    }
    throw await refusalOf(response);
  }
}
