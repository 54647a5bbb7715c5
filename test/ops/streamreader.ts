import type { ISink } from '../../ts/ops/stream/sink.js';

export interface IStreamedEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads Server-Sent Events as the HTML standard has them, in pieces however they come. */
export class StreamParser {
  readonly events: IStreamedEvent[] = [];
  /** As a browser keeps it for its next connection. */
  lastId: string | null = null;
  retry: number | null = null;
  comments = 0;
  #rest = '';
  #event = '';
  #data: string[] = [];

  push(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') {
      const data = this.#data.join('\n');
      if (data !== '') this.events.push({ id: this.lastId, event: this.#event, data: JSON.parse(data) as never });
      this.#event = '';
      this.#data = [];
      return;
    }
    const [field = '', ...rest] = line.split(':');
    const value = rest.join(':').replace(/^ /, '');
    if (field === '') this.comments++;
    else if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id') this.lastId = value;
    else if (field === 'retry') this.retry = Number(value);
    else throw new Error(`no such field: ${line}`);
  }
}

/** A reader that takes everything at once, and remembers how it was told. */
export class FakeSink implements ISink {
  readonly parser = new StreamParser();
  readonly writes: Uint8Array[] = [];
  backlog = 0;
  ended = false;
  dropped = false;
  fails = false;

  get events(): IStreamedEvent[] {
    return this.parser.events;
  }

  write(chunk: Uint8Array): void {
    if (this.fails) throw new Error('nobody writes here');
    this.writes.push(chunk);
    this.parser.push(Buffer.from(chunk).toString());
  }

  end(): void {
    this.ended = true;
  }

  drop(): void {
    this.dropped = true;
  }
}
