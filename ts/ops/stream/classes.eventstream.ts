import { crypto } from '../plugins.js';
import type { ISystemAnswer } from '../../interfaces/ops.js';
import type { IClock, TPrivacy } from '../../interfaces/options.js';
import type { IDnsSource, IProxySource } from '../../interfaces/source.js';
import type { TEventsQuery } from '../../schema/opsquery.js';
import { Problem } from '../classes.problem.js';
import { Audience, audienceKey, gapText } from './classes.audience.js';
import type { IBatch } from './classes.audience.js';
import { EventRing } from './classes.eventring.js';
import { eventText, hear, told } from './events.js';
import type { ISink } from './sink.js';

/** From an event to the buffer that it is in; longer where many readers make a flush cost more than its part of the time. */
const FLUSH_MS = 100;
const LONGEST_FLUSH_MS = 500;
const FLUSH_PART = 1 / 50;
/** Below the idle time-outs of what may lie in between. */
const HEARTBEAT_MS = 15_000;
/** How long events are kept for readers that come back. */
const LINGER_MS = 30_000;
/** A reader reconnects after so many milliseconds. */
const RETRY_MS = 1_000;
const MAX_READERS = 224;
const MAX_AUDIENCES = 32;
/** What a reader may leave lying before it is let go. */
const MAX_BACKLOG = 256 * 1024;
/** What all readers together are written at one flush, and the share of each: a flood is told as a gap instead. */
const FLUSH_BYTES = 1024 * 1024;
const MAX_SHARE = 64 * 1024;
const MIN_SHARE = 4 * 1024;
const REPLAY_BYTES = 128 * 1024;

const HEARTBEAT = Buffer.from(':\n\n');

/**
 * Events for readers, as Server-Sent Events. Each is written once, into one buffer for all readers of a filter; what a
 * reader costs is bounded, and without readers nothing is listened to.
 */
export class EventStream {
  readonly #sources: readonly (IProxySource | IDnsSource)[];
  /** Tells ids of one life of the process from those of another. */
  readonly #prefix = crypto.randomBytes(4).toString('hex');
  readonly #clock: IClock;
  readonly #ring: EventRing;
  readonly #audiences = new Map<string, Audience>();
  #readers = 0;
  #dropped = 0;
  #sent = 0;
  #leftOut = 0;
  #stopped = false;
  #flushMs = FLUSH_MS;
  #silence: (() => void)[] = [];
  #flushTimer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(sources: readonly (IProxySource | IDnsSource)[], privacy: TPrivacy, clock: IClock) {
    this.#sources = sources;
    this.#clock = clock;
    this.#ring = new EventRing((number, name, event) => {
      try {
        return eventText(this.#id(number), name, told(name, event, privacy));
      } catch {
        // A source of another kind may tell what JSON cannot hold; thrown from a timer it would end the process.
        return '';
      }
    });
  }

  /** `null` where there is nothing to listen to. */
  get reading(): ISystemAnswer['streams'] {
    if (this.#sources.length === 0) return null;
    return {
      readers: this.#readers,
      readersDropped: this.#dropped,
      eventsSent: this.#sent,
      eventsLeftOut: this.#leftOut,
    };
  }

  /** Throws a `Problem` where another reader cannot be served. */
  admit(query: TEventsQuery): void {
    if (this.#sources.length === 0) {
      throw new Problem(404, 'events are not served here: no event source was given');
    }
    const headers = { 'Retry-After': '5' };
    if (this.#stopped) throw new Problem(503, 'the stream has ended', { headers });
    if (this.#readers >= MAX_READERS) {
      throw new Problem(503, `there are ${MAX_READERS} readers already`, { headers });
    }
    if (!this.#audiences.has(audienceKey(query)) && this.#audiences.size >= MAX_AUDIENCES) {
      throw new Problem(503, `readers use ${MAX_AUDIENCES} different filters already`, { headers });
    }
  }

  /** A reader that was admitted. `lastEventId`: the last one that it had. Returns what is to be called when it goes. */
  open(query: TEventsQuery, lastEventId: string | undefined, sink: ISink): () => void {
    this.#listen();
    const audience = this.#audiences.get(audienceKey(query)) ?? new Audience(query, this.#ring.next);
    this.#audiences.set(audience.key, audience);
    audience.sinks.add(sink);
    this.#readers++;
    const replay = this.#replay(audience, lastEventId);
    // The id makes a reader that got no event yet come back to this place.
    const place = replay === null ? `id: ${this.#id(audience.seen)}\n` : '';
    this.#deliver(audience, sink, Buffer.from(`retry: ${RETRY_MS}\n${place}\n`));
    if (replay !== null) this.#tell(audience, sink, replay);
    return () => this.#close(audience, sink);
  }

  /** Readers are admitted again. */
  start(): void {
    this.#stopped = false;
  }

  /** Ends every reader and gives back the listeners. Idempotent. */
  stop(): void {
    this.#stopped = true;
    for (const audience of this.#audiences.values()) {
      for (const sink of audience.sinks) {
        this.#close(audience, sink);
        // One that does not read would not take the end either.
        if (sink.backlog > 0) sink.drop();
        else sink.end();
      }
    }
    this.#quiet();
  }

  #listen(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    if (this.#silence.length === 0) {
      this.#silence = this.#sources.map((source) =>
        hear(source, (name, event) => {
          this.#ring.add(name, event);
          this.#flushTimer ??= setTimeout(() => this.#flush(), this.#flushMs).unref();
        }),
      );
    }
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  }

  #quiet(): void {
    for (const end of this.#silence.splice(0)) end();
    clearTimeout(this.#linger);
    clearTimeout(this.#flushTimer);
    clearInterval(this.#heartbeat);
    this.#linger = this.#flushTimer = this.#heartbeat = undefined;
    this.#ring.clear();
  }

  #close(audience: Audience, sink: ISink): void {
    if (!audience.sinks.delete(sink)) return;
    this.#readers--;
    if (audience.sinks.size === 0) this.#audiences.delete(audience.key);
    if (this.#readers > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    this.#linger = setTimeout(() => this.#quiet(), LINGER_MS).unref();
  }

  #flush(): void {
    this.#flushTimer = undefined;
    const startedAt = this.#clock.now();
    const share = Math.max(MIN_SHARE, Math.min(MAX_SHARE, FLUSH_BYTES / Math.max(1, this.#readers)));
    for (const audience of this.#audiences.values()) {
      const batch = audience.collect(this.#ring, (number) => this.#id(number), share);
      if (batch !== null) for (const sink of audience.sinks) this.#tell(audience, sink, batch);
    }
    // Node hands over what was written to responses at the end of the turn, which is most of the work.
    process.nextTick(() => {
      const took = this.#clock.now() - startedAt;
      this.#flushMs = Math.min(LONGEST_FLUSH_MS, Math.max(FLUSH_MS, took / FLUSH_PART));
    });
  }

  #beat(): void {
    for (const audience of this.#audiences.values()) {
      for (const sink of audience.sinks) this.#deliver(audience, sink, HEARTBEAT);
    }
  }

  #tell(audience: Audience, sink: ISink, { bytes, events, leftOut }: IBatch): void {
    if (!this.#deliver(audience, sink, bytes)) return;
    this.#sent += events;
    this.#leftOut += leftOut;
  }

  /** A reader that leaves too much lying is let go. */
  #deliver(audience: Audience, sink: ISink, bytes: Uint8Array): boolean {
    try {
      if (sink.backlog <= MAX_BACKLOG) {
        sink.write(bytes);
        return true;
      }
      this.#dropped++;
    } catch {
      // A response that others have put something around may throw; from a timer that would end the process.
    }
    this.#close(audience, sink);
    sink.drop();
    return false;
  }

  #replay(audience: Audience, lastEventId: string | undefined): IBatch | null {
    if (lastEventId === undefined) return null;
    const [prefix, text = ''] = lastEventId.split('-');
    const last = /^\d{1,15}$/.test(text) ? Number(text) : Infinity;
    if (prefix === this.#prefix && last < this.#ring.next) {
      return audience.replay(this.#ring, last, (number) => this.#id(number), REPLAY_BYTES);
    }
    const gap = gapText(this.#id(audience.seen), { reason: 'restart', missed: null });
    return { bytes: Buffer.from(gap), events: 0, leftOut: 0 };
  }

  #id(number: number): string {
    return `${this.#prefix}-${number}`;
  }
}
