/** One event of a stream (WHATWG HTML, Server-Sent Events). */
export interface IServerEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string;
}

/** A line or the data of an event longer than this comes from no server of ours. */
const LONGEST = 1_000_000;

/** Takes the text of a stream in pieces, however they are cut, and gives its events. */
export class SseParser {
  readonly #dispatch: (event: IServerEvent) => void;
  #rest = '';
  /** The last piece ended with CR: a LF that comes next belongs to it. */
  #afterCr = false;
  #begun = false;
  #event = '';
  #data: string[] = [];
  #size = 0;
  #id = '';

  constructor(dispatch: (event: IServerEvent) => void) {
    this.#dispatch = dispatch;
  }

  /** Of the last event, also of one without data: where a reader that comes back goes on. */
  get lastEventId(): string {
    return this.#id;
  }

  /** Throws where a line or an event is far too long. */
  push(piece: string): void {
    let text = this.#rest + piece;
    if (!this.#begun && text !== '') {
      this.#begun = true;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    if (this.#afterCr && piece !== '') {
      this.#afterCr = false;
      if (piece.startsWith('\n')) text = text.slice(1);
    }
    const lines = text.split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    this.#afterCr = text.endsWith('\r');
    for (const line of lines) this.#line(line);
    if (this.#rest.length > LONGEST) throw new Error('a line of the stream is too long');
  }

  #line(line: string): void {
    if (line === '') return this.#end();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#size += value.length;
      if (this.#size > LONGEST) throw new Error('an event of the stream is too long');
    }
  }

  #end(): void {
    const data = this.#data;
    const event = this.#event;
    this.#data = [];
    this.#event = '';
    this.#size = 0;
    if (data.length > 0)
      this.#dispatch({ event: event === '' ? 'message' : event, data: data.join('\n'), id: this.#id });
  }
}
