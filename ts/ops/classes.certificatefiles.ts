import { fs, path } from './plugins.js';
import type { ILogger } from '../interfaces/options.js';
import { RoutemeterError } from '../shared/errors.js';
import { warn } from '../shared/warn.js';
import { checkedPair } from './certificate.js';
import type { ITlsFiles, ITlsPair } from './certificate.js';

const LOOK_MS = 2_000;

/**
 * A key and its certificate in two files that others replace. What is looked at is the files that the paths lead to, at
 * intervals: an event of the file system tells nothing of a link further up that now leads elsewhere, which is how
 * certbot and Kubernetes renew.
 */
export class CertificateFiles {
  readonly #keyFile: string;
  readonly #certFile: string;
  readonly #logger: ILogger | undefined;
  readonly #lookMs: number;
  /** States of the files: of the pair in use, at the last look, and of the last one that was told to be bad. */
  #used = '';
  #seen = '';
  #told = '';

  constructor({ keyFile, certFile }: ITlsFiles, logger?: ILogger, lookMs = LOOK_MS) {
    // What a path is relative to may change while it is watched.
    this.#keyFile = path.resolve(keyFile);
    this.#certFile = path.resolve(certFile);
    this.#logger = logger;
    this.#lookMs = lookMs;
  }

  /**
   * The pair as it is now.
   *
   * @throws ERR_CERTIFICATE where it cannot be read or is none
   */
  async read(): Promise<ITlsPair> {
    // First the state: what is written after that is another one at the next look.
    const state = await this.#state();
    const pair = await this.#load();
    this.#used = this.#seen = state;
    return pair;
  }

  /**
   * Hands over each pair that replaces the one that was read. One that cannot be used is told to the logger, once.
   * Returns what ends it. Holds no process open.
   */
  watch(replace: (pair: ITlsPair) => void): () => void {
    let watching = true;
    let timer: NodeJS.Timeout;
    const next = (): void => {
      timer = setTimeout(() => void look(), this.#lookMs).unref();
    };
    const look = async (): Promise<void> => {
      const pair = await this.#changed();
      if (!watching) return;
      if (pair !== null) replace(pair);
      next();
    };
    next();
    return () => {
      watching = false;
      clearTimeout(timer);
    };
  }

  /** Never rejects. */
  async #changed(): Promise<ITlsPair | null> {
    const state = await this.#state();
    const settled = state === this.#seen;
    this.#seen = state;
    // Nobody replaces two files at once: only what stood from one look to the next counts.
    if (!settled || state === this.#used) return null;
    try {
      const pair = await this.#load();
      this.#used = state;
      return pair;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#told !== state) warn(this.#logger, `the ops server keeps its certificate: ${reason}`);
      this.#told = state;
      return null;
    }
  }

  async #load(): Promise<ITlsPair> {
    const [key, cert] = await Promise.all([this.#read(this.#keyFile), this.#read(this.#certFile)]);
    return checkedPair({ key, cert }, `${this.#keyFile} and ${this.#certFile}`);
  }

  async #read(file: string): Promise<Buffer> {
    try {
      return await fs.readFile(file);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new RoutemeterError('ERR_CERTIFICATE', `${file} cannot be read: ${reason}`, { cause: error });
    }
  }

  /** Equal as long as nothing was written, replaced or led elsewhere. */
  async #state(): Promise<string> {
    return (await Promise.all([stateOf(this.#keyFile), stateOf(this.#certFile)])).join(' ');
  }
}

async function stateOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await fs.stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}
