import type { TFigures } from '../../schema/figures.js';
import { messageOf } from '../errors.js';
import type { StatsClient } from './classes.statsclient.js';
import type { Terminal } from './classes.terminal.js';
import { frame } from './frame.js';
import type { IPaint } from './paint.js';
import { FIRST_STATE, press, type IKey, type IScroll, type ITopState } from './state.js';

/** Each of them is a wish to end, as `q` is. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
/** The age of the figures grows also while no answer comes. */
const REDRAW_MS = 1000;
/** Where nobody can continue a stopped process, the system does not stop it, and there is no SIGCONT to wait for. */
const NOT_STOPPED_MS = 200;

export interface IWatchParts {
  readonly client: StatsClient;
  readonly terminal: Terminal;
  readonly intervalMs: number;
  readonly paint: IPaint;
}

/** The view that refreshes itself, from the first figures to the wish to end. */
export class Watch {
  readonly #parts: IWatchParts;
  #figures: TFigures;
  #readAt = performance.now();
  #problem: string | null = null;
  #state: ITopState = FIRST_STATE;
  #scroll: IScroll = { page: 1, maxOffset: 0 };
  #reading = false;
  #nextRead: NodeJS.Timeout | undefined;
  #redraw: NodeJS.Timeout | undefined;
  #notStopped: NodeJS.Timeout | undefined;
  #ended = (): void => undefined;

  readonly #end = (): void => this.#ended();
  readonly #suspend = (): void => {
    this.#parts.terminal.close();
    // Without a listener the signal does what it is for.
    process.off('SIGTSTP', this.#suspend);
    this.#notStopped = setTimeout(this.#resume, NOT_STOPPED_MS);
    process.kill(process.pid, 'SIGTSTP');
  };
  readonly #resume = (): void => {
    clearTimeout(this.#notStopped);
    process.off('SIGTSTP', this.#suspend).on('SIGTSTP', this.#suspend);
    // After a SIGSTOP, too, the terminal is as somebody else has left it.
    this.#parts.terminal.close();
    this.#openTerminal();
    // A size that changed meanwhile was told to the program that had the terminal.
    process.emit('SIGWINCH', 'SIGWINCH');
  };

  constructor(parts: IWatchParts, figures: TFigures) {
    this.#parts = parts;
    this.#figures = figures;
  }

  /** Resolves at the wish to end, with the terminal as it was. */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.#ended = resolve));
    for (const signal of ENDING) process.on(signal, this.#end);
    process.on('SIGTSTP', this.#suspend).on('SIGCONT', this.#resume);
    this.#redraw = setInterval(() => this.#draw(), REDRAW_MS);
    this.#openTerminal();
    this.#readAfter(this.#parts.intervalMs);
    await ended;
    clearTimeout(this.#nextRead);
    clearTimeout(this.#notStopped);
    clearInterval(this.#redraw);
    for (const signal of ENDING) process.off(signal, this.#end);
    process.off('SIGTSTP', this.#suspend).off('SIGCONT', this.#resume);
    this.#parts.terminal.close();
  }

  #openTerminal(): void {
    this.#parts.terminal.open({ key: (key) => this.#press(key), resize: () => this.#draw(), gone: this.#end });
    this.#draw();
  }

  #readAfter(ms: number): void {
    this.#nextRead = setTimeout(() => void this.#read(), ms);
  }

  async #read(): Promise<void> {
    if (this.#reading || this.#state.paused) return;
    this.#reading = true;
    const startedAt = performance.now();
    const { client, intervalMs } = this.#parts;
    try {
      const figures = await client.read();
      // Paused meanwhile: what stands there is what is looked at.
      if (!this.#state.paused) {
        this.#figures = figures;
        this.#readAt = performance.now();
      }
      this.#problem = null;
    } catch (error) {
      this.#problem = messageOf(error);
    } finally {
      this.#reading = false;
    }
    this.#draw();
    clearTimeout(this.#nextRead);
    this.#readAfter(Math.max(0, intervalMs - (performance.now() - startedAt)));
  }

  #press(key: IKey): void {
    const next = press(this.#state, key, this.#scroll);
    if (next === 'quit') return this.#ended();
    // As the terminal itself does it: to all of the job.
    if (next === 'suspend') return void process.kill(0, 'SIGTSTP');
    const goesOn = this.#state.paused && !next.paused;
    this.#state = next;
    this.#draw();
    if (goesOn) {
      clearTimeout(this.#nextRead);
      void this.#read();
    }
  }

  #draw(): void {
    const { terminal, paint } = this.#parts;
    const link = { problem: this.#problem, age: (performance.now() - this.#readAt) / 1000 };
    const { lines, ...scroll } = frame(this.#figures, link, this.#state, terminal.size, paint);
    this.#scroll = scroll;
    terminal.draw(lines);
  }
}
