import { dnsQuery, type TQueryType } from './dnsquery.js';
import { crypto, dgram, http, https, net } from './plugins.js';

export interface IDemoTargets {
  readonly web: number;
  readonly secure: number;
  readonly echo: number;
  /** `null`: DNS does not run. */
  readonly dns: number | null;
}

export const REQUESTS_PER_SECOND = 20;
const MAX_UNDER_WAY = 20;
const HOST = '127.0.0.1';
const TIMEOUT_MS = 5_000;
/** How long a TCP session stays open at most: so that the active gauges show something. */
const MAX_SESSION_MS = 2_000;

const QUESTIONS: readonly (readonly [name: string, type: TQueryType])[] = [
  ['www.example.test', 'A'],
  ['www.example.test', 'A'],
  ['www.example.test', 'AAAA'],
  ['example.test', 'MX'],
  ['example.test', 'TXT'],
  ['blog.apps.example.test', 'A'],
  ['no-such-name.example.test', 'A'],
];

/** Real connections and queries from this process to itself, at a modest rate, so that the figures move. */
export class DemoTraffic {
  readonly #targets: IDemoTargets;
  readonly #kinds: readonly (() => void)[];
  #timer: NodeJS.Timeout | undefined;
  #udp: dgram.Socket | undefined;
  readonly #sessions = new Set<net.Socket>();
  #underWay = 0;
  #turn = 0;

  constructor(targets: IDemoTargets) {
    this.#targets = targets;
    this.#kinds = [() => this.#http(), () => this.#dns(), () => this.#https(), () => this.#echo()];
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#next(), 1000 / REQUESTS_PER_SECOND).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const session of this.#sessions) session.end();
    this.#udp?.close();
    this.#udp = undefined;
  }

  #next(): void {
    // A server that does not answer gets no more than this.
    if (this.#underWay < MAX_UNDER_WAY) this.#kinds[this.#turn++ % this.#kinds.length]?.();
  }

  #http(): void {
    // Now and then a name that no route has.
    const host = crypto.randomInt(20) === 0 ? 'unknown.invalid' : 'www.example.test';
    const options = { host: HOST, port: this.#targets.web, path: path(), agent: false, headers: { host } };
    this.#follow(http.get({ ...options, timeout: TIMEOUT_MS }, drain));
  }

  #https(): void {
    const options = { host: HOST, port: this.#targets.secure, path: path(), agent: false, servername: 'localhost' };
    // The certificate is this process' own and a few minutes old; the traffic never leaves the machine.
    this.#follow(https.get({ ...options, rejectUnauthorized: false, timeout: TIMEOUT_MS }, drain));
  }

  #follow(request: http.ClientRequest): void {
    this.#underWay++;
    request.on('timeout', () => request.destroy());
    request.on('error', () => undefined);
    request.on('close', () => this.#underWay--);
  }

  #echo(): void {
    this.#underWay++;
    const socket = net.connect({ host: HOST, port: this.#targets.echo }, () =>
      socket.write(crypto.randomBytes(crypto.randomInt(16, 4096))),
    );
    this.#sessions.add(socket);
    const end = setTimeout(() => socket.end(), crypto.randomInt(MAX_SESSION_MS)).unref();
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(end);
      this.#sessions.delete(socket);
      this.#underWay--;
    });
    socket.resume();
  }

  #dns(): void {
    const [name, type] = QUESTIONS[crypto.randomInt(QUESTIONS.length)] ?? ['example.test', 'A'];
    if (this.#targets.dns === null) return;
    this.#udp ??= dgram
      .createSocket('udp4')
      .on('error', () => undefined)
      .unref();
    this.#udp.send(dnsQuery(name, type), this.#targets.dns, HOST);
  }
}

const path = (): string => `/demo/${crypto.randomInt(10)}`;
const drain = (response: http.IncomingMessage): void => void response.resume();
