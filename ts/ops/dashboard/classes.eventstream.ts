import type { ApiClient } from './classes.apiclient.js';
import { ApiError } from './classes.apierror.js';
import { Retry } from './classes.retry.js';
import type { IFailure } from './classes.retry.js';
import { SseParser } from './classes.sseparser.js';
import type { IServerEvent } from './classes.sseparser.js';

/** The server says something every 15 s, if only that it is there. */
const SILENT_MS = 40_000;
const AGAIN_MS = 500;

export interface IEventStreamOptions {
  readonly api: ApiClient;
  /** Read at each connection. */
  readonly path: () => string;
  /** What one piece of the stream held. */
  readonly received: (events: readonly IServerEvent[]) => void;
  /** Called when `connected` or `failure` has changed. */
  readonly changed: () => void;
}

/** Reads Server-Sent Events with `fetch`, which can send a token; comes back by itself, and goes on where it was. */
export class EventStream {
  readonly #options: IEventStreamOptions;
  readonly #retry: Retry;
  #connected = false;
  #lastId = '';
  #path = '';

  constructor(options: IEventStreamOptions) {
    this.#options = options;
    this.#retry = new Retry(options.api, (signal) => this.#read(signal), options.changed);
  }

  get connected(): boolean {
    return this.#connected;
  }

  get failure(): IFailure | null {
    return this.#retry.failure;
  }

  start(): void {
    this.#retry.start();
  }

  stop(): void {
    this.#retry.stop();
    this.#connected = false;
  }

  /** Another path: what comes now belongs to it. */
  restart(): void {
    this.stop();
    this.start();
  }

  async #read(signal: AbortSignal): Promise<number> {
    const { api, path: pathOf, received } = this.#options;
    const path = pathOf();
    // An id of another filter has events before it that were never asked for.
    if (path !== this.#path) this.#lastId = '';
    this.#path = path;
    const silence = new AbortController();
    const either = AbortSignal.any([signal, silence.signal]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(new ApiError('the stream fell silent', null)), SILENT_MS);
    };
    try {
      heard();
      const response = await api.open(path, either, {
        Accept: 'text/event-stream',
        ...(this.#lastId === '' ? {} : { 'Last-Event-ID': this.#lastId }),
      });
      const batch: IServerEvent[] = [];
      const parser = new SseParser((event) => batch.push(event));
      this.#set(true);
      this.#retry.succeeded();
      for await (const piece of textOf(response)) {
        heard();
        parser.push(piece);
        if (signal.aborted) return 0;
        this.#lastId = parser.lastEventId === '' ? this.#lastId : parser.lastEventId;
        if (batch.length > 0) received(batch.splice(0));
      }
      // Ended in good order: the server stops, or let a reader go that was too slow.
      return AGAIN_MS;
    } finally {
      clearTimeout(timer);
      this.#set(false);
    }
  }

  #set(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    this.#options.changed();
  }
}

async function* textOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
