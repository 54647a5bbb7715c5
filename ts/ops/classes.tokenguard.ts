import { crypto } from './plugins.js';
import { optionsObject, rejectUnknown } from '../shared/options.js';
import { RoutemeterError } from '../shared/errors.js';

export interface IAuthOptions {
  /** Bearer token: at least 16 visible ASCII characters. Only its SHA-256 is kept. */
  readonly token: string;
}

const SHORTEST = 16;
export const TOKEN_RULE = `at least ${SHORTEST} visible ASCII characters`;

export function isToken(value: string): boolean {
  return value.length >= SHORTEST && /^[\x21-\x7e]+$/.test(value);
}

/** Compares bearer tokens without telling, by time or length, how near a guess was. */
export class TokenGuard {
  readonly #digest: Buffer;

  constructor(options: IAuthOptions) {
    optionsObject('auth', options);
    rejectUnknown('auth', options, ['token']);
    const token: unknown = options.token;
    // The value itself never goes into a message: messages end in logs.
    if (typeof token !== 'string' || !isToken(token)) {
      const found = typeof token === 'string' ? `one of ${token.length} characters` : `a value of type ${typeof token}`;
      throw new RoutemeterError('ERR_OPTION_INVALID', `option "auth.token" must be ${TOKEN_RULE}, not ${found}`);
    }
    this.#digest = digestOf(token);
  }

  /** Whether an `Authorization` header carries the token. */
  allows(authorization: string | undefined): boolean {
    const token = /^bearer +([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return false;
    // Digests are of one length whatever was sent, which timingSafeEqual asks for.
    return crypto.timingSafeEqual(digestOf(token), this.#digest);
  }
}

const digestOf = (token: string): Buffer => crypto.createHash('sha256').update(token).digest();
