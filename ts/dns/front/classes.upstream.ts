import { RandomNumbers } from './classes.randomnumbers.js';
import { type IFlight, type IUpstreamAddress, UpstreamSocket } from './classes.upstreamsocket.js';

/** Ports to guess among, beside the id. */
const SOCKETS = 8;
/** A timer that comes so much too late, ms, tells that something held the event loop. */
const HELD_MS = 100;
/** Then so long to read what came meanwhile, ms. */
const GRACE_MS = 100;

export interface IUpstreamSettings {
  readonly address: IUpstreamAddress;
  readonly now: () => number;
  /** A reply came that nobody waits for. */
  readonly stray: () => void;
}

/** The sockets towards SmartDNS and all that is in flight on them. */
export class Upstream {
  readonly #settings: IUpstreamSettings;
  readonly #random = new RandomNumbers();
  readonly #sockets: readonly UpstreamSocket[];
  /** Entered in the books of `#socket`, which sends them when the running code is done. */
  #leaving: IFlight[] = [];
  #socket: UpstreamSocket;
  #timer: NodeJS.Timeout | null = null;
  /** When the timer should come, monotonic, ms. */
  #due = 0;
  #excused = false;

  constructor(settings: IUpstreamSettings) {
    this.#settings = settings;
    const { address, stray } = settings;
    // What was asked of any of them is lost, and whoever asks must not wait for it.
    const hooks = { stray, refused: () => this.#landAll() };
    this.#sockets = Array.from({ length: SOCKETS }, () => new UpstreamSocket(address, this.#random, hooks));
    this.#socket = this.#sockets[0] as UpstreamSocket;
  }

  get size(): number {
    let size = 0;
    for (const socket of this.#sockets) size += socket.size;
    return size;
  }

  async open(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.open()));
  }

  /** What is in flight lands without a reply. */
  close(): void {
    for (const socket of this.#sockets) socket.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /**
   * In the books at once, sent when the running code is done: whoever counts has counted then. What is asked together
   * leaves in one run by one socket, so that the answers come in one as well.
   */
  ask(flight: IFlight): void {
    if (this.#leaving.push(flight) === 1) {
      this.#socket = this.#sockets[this.#random.next() % SOCKETS] as UpstreamSocket;
      process.nextTick(this.#send);
    }
    this.#socket.enter(flight);
    if (this.#timer === null) this.#arm(flight.deadline);
  }

  readonly #send = (): void => {
    const leaving = this.#leaving;
    this.#leaving = [];
    this.#socket.send(leaving);
  };

  #landAll(): void {
    for (const socket of this.#sockets) socket.landAll();
  }

  /** One timer for all: every flight has the same time, so that each socket's are in the order of their deadlines. */
  #arm(deadline: number): void {
    const wait = Math.max(1, Math.ceil(deadline - this.#settings.now()));
    this.#due = deadline;
    this.#timer = setTimeout(() => this.#expire(), wait);
    this.#timer.unref();
  }

  #expire(): void {
    this.#timer = null;
    const now = this.#settings.now();
    // Timers come before reads: replies that came in time may wait in the system, and nobody is at fault but the loop.
    this.#excused = !this.#excused && now - this.#due > HELD_MS;
    if (this.#excused) {
      this.#arm(now + GRACE_MS);
      return;
    }
    let next = Infinity;
    for (const socket of this.#sockets) next = Math.min(next, socket.expire(now) ?? Infinity);
    // Somebody who landed may have asked again, and armed it.
    if (next !== Infinity && this.#timer === null) this.#arm(next);
  }
}
