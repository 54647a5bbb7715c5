import { ExpositionError } from './error.js';

/** What the two formats write differently on a sample's line. */
export interface IDialect {
  readonly labelName: RegExp;
  readonly number: RegExp;
  readonly timestamp: RegExp;
  /** Blanks where the text format admits any, and a comma after the last label. */
  readonly blanks: boolean;
  /** `\x` for a character that needs no escape. */
  readonly anyEscape: boolean;
  readonly exemplars: boolean;
}

export interface IScanned {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly text: string;
  readonly timestamp: string | null;
  readonly exemplar: { readonly labels: Record<string, string>; readonly text: string } | null;
}

export const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;

/** Reads one sample line from left to right; whatever it does not expect is an error. */
export class Scanner {
  readonly #text: string;
  readonly #line: number;
  readonly #dialect: IDialect;
  #at = 0;

  constructor(text: string, line: number, dialect: IDialect) {
    this.#text = text;
    this.#line = line;
    this.#dialect = dialect;
  }

  sample(): IScanned {
    this.#skipBlanks();
    const name = this.#take(METRIC_NAME, 'metric name');
    this.#skipBlanks();
    const labels = this.#peek() === '{' ? this.#labels() : {};
    const text = this.#field(this.#dialect.number, 'value');
    const timestamp = this.#rest().trim() !== '' && !this.#rest().startsWith(' #') ? this.#timestamp() : null;
    const exemplar = this.#dialect.exemplars && this.#rest().startsWith(' # ') ? this.#exemplar() : null;
    if (this.#dialect.blanks) this.#skipBlanks();
    if (this.#rest() !== '') this.#fail(`unexpected text after the sample: ${JSON.stringify(this.#rest())}`);
    return { name, labels, text, timestamp, exemplar };
  }

  #timestamp(): string {
    return this.#field(this.#dialect.timestamp, 'timestamp');
  }

  #exemplar(): IScanned['exemplar'] {
    this.#at += ' # '.length;
    if (this.#peek() !== '{') this.#fail('exemplar without labels');
    const labels = this.#labels();
    const length = [...Object.entries(labels).flat().join('')].length;
    if (length > 128) this.#fail('exemplar labels of more than 128 characters');
    const text = this.#field(this.#dialect.number, 'exemplar value');
    if (this.#rest() !== '') this.#timestamp();
    return { labels, text };
  }

  #labels(): Record<string, string> {
    const labels: Record<string, string> = {};
    this.#at++;
    this.#skipBlanks();
    while (this.#peek() !== '}') {
      const name = this.#take(this.#dialect.labelName, 'label name');
      if (Object.hasOwn(labels, name)) this.#fail(`label "${name}" twice`);
      this.#skipBlanks();
      this.#expect('=');
      this.#skipBlanks();
      this.#expect('"');
      Object.defineProperty(labels, name, { value: this.#labelValue(), enumerable: true });
      this.#skipBlanks();
      if (this.#peek() === '}') break;
      this.#expect(',');
      this.#skipBlanks();
      if (this.#peek() === '}' && !this.#dialect.blanks) this.#fail('comma after the last label');
    }
    this.#expect('}');
    return labels;
  }

  #labelValue(): string {
    let value = '';
    for (;;) {
      const character = this.#peek();
      if (character === '') this.#fail('label value without end');
      this.#at++;
      if (character === '"') return value;
      value += character === '\\' ? this.#escape() : character;
    }
  }

  #escape(): string {
    const character = this.#peek();
    this.#at++;
    if (character === 'n') return '\n';
    if (character === '\\' || character === '"') return character;
    if (this.#dialect.anyEscape && character !== '') return `\\${character}`;
    return this.#fail(`escape \\${character}`);
  }

  /** One or more blanks (exactly one space in OpenMetrics), then the token. */
  #field(pattern: RegExp, what: string): string {
    const blanks = this.#dialect.blanks ? /^[ \t]+/.exec(this.#rest()) : /^ /.exec(this.#rest());
    if (blanks === null && !(this.#dialect.blanks && this.#text[this.#at - 1]?.match(/[}\s]/))) {
      this.#fail(`no blank before the ${what}`);
    }
    this.#at += blanks?.[0].length ?? 0;
    const token = /^[^ \t]+/.exec(this.#rest())?.[0] ?? '';
    if (!pattern.test(token)) this.#fail(`${what} ${JSON.stringify(token)}`);
    this.#at += token.length;
    return token;
  }

  #take(pattern: RegExp, what: string): string {
    const token = pattern.exec(this.#rest())?.[0];
    if (token === undefined) return this.#fail(`${what} expected at ${JSON.stringify(this.#rest().slice(0, 20))}`);
    this.#at += token.length;
    return token;
  }

  #expect(character: string): void {
    if (this.#peek() !== character) this.#fail(`${character} expected at ${JSON.stringify(this.#rest().slice(0, 20))}`);
    this.#at++;
  }

  #skipBlanks(): void {
    if (!this.#dialect.blanks) return;
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#at++;
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }

  #fail(rule: string): never {
    throw new ExpositionError(this.#line, rule);
  }
}
