import { readline, type tty } from '../plugins.js';
import type { ISize } from './frame.js';
import type { IKey } from './state.js';

/** Alternate screen, no cursor, and no wrapping where a terminal counts columns otherwise than we do. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';
const CLEAR = '\x1b[0m\x1b[2J';

export interface ITerminalListener {
  key(key: IKey): void;
  resize(): void;
  /** The terminal has gone. */
  gone(): void;
}

/** A terminal as long as it is ours: from `open()` to `close()`, or to the end of the process, however that comes. */
export class Terminal {
  readonly #input: tty.ReadStream;
  readonly #output: tty.WriteStream;
  #listener: ITerminalListener | undefined;
  #isOpen = false;
  /** What stands on the screen, line by line. */
  #shown: readonly string[] = [];

  readonly #key = (_text: unknown, key: IKey): void => this.#listener?.key(key);
  readonly #resize = (): void => {
    // What a terminal leaves of its lines when it becomes smaller is its own affair.
    this.#shown = [];
    this.#listener?.resize();
  };
  readonly #gone = (): void => this.#listener?.gone();
  readonly #restore = (): void => this.close();

  constructor(input: tty.ReadStream, output: tty.WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  get size(): ISize {
    // A terminal that was told no size has none.
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  open(listener: ITerminalListener): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#listener = listener;
    this.#shown = [];
    readline.emitKeypressEvents(this.#input);
    this.#input.on('keypress', this.#key).on('end', this.#gone);
    // Not 'resize', which is silent about a size that is soon as it was: what was cut off meanwhile is lost all the same.
    process.on('SIGWINCH', this.#resize);
    // These two stay: a terminal that has gone says so when it is given back.
    this.#input.off('error', this.#gone).on('error', this.#gone);
    this.#output.off('error', this.#gone).on('error', this.#gone);
    // Before an uncaught error is printed, too, which would go with the alternate screen.
    process.on('exit', this.#restore);
    this.#input.setRawMode(true).resume();
    this.#output.write(`${ENTER}${CLEAR}`);
  }

  /** Gives the terminal back as it was. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('exit', this.#restore).off('SIGWINCH', this.#resize);
    this.#output.write(LEAVE);
    this.#input.setRawMode(false).pause();
    this.#input.off('keypress', this.#key).off('end', this.#gone);
    this.#listener = undefined;
  }

  /** Writes, at once, the lines that have changed. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const all = this.#shown.length !== lines.length;
    const changed = lines.map((line, row) => (all || line !== this.#shown[row] ? `\x1b[${row + 1}H\x1b[K${line}` : ''));
    this.#shown = lines;
    const text = changed.join('');
    if (text !== '') this.#output.write(all ? `${CLEAR}${text}` : text);
  }
}
