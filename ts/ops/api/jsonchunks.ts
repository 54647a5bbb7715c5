import type { TChunks } from '../chunks.js';
import { pauses } from '../pause.js';

/** Lists longer than this are written entry by entry. */
const FEW = 32;
/** Levels of objects that are looked into for long lists. */
const LEVELS = 2;
const CHUNK_LENGTH = 64 * 1024;

/** JSON of plain data in UTF-8, written in slices where it has long lists. */
export async function jsonChunks(value: unknown): Promise<TChunks> {
  const chunks: Buffer<ArrayBuffer>[] = [];
  const pause = pauses();
  let text = '';
  for (const piece of pieces(value, LEVELS)) {
    text += piece;
    if (text.length > CHUNK_LENGTH) {
      chunks.push(Buffer.from(text));
      text = '';
    }
    const turn = pause();
    if (turn !== null) await turn;
  }
  return [...chunks, Buffer.from(text)];
}

function* pieces(value: unknown, levels: number): Generator<string> {
  if (Array.isArray(value) && value.length > FEW) {
    for (const [index, entry] of value.entries()) yield `${index === 0 ? '[' : ','}${JSON.stringify(entry) ?? 'null'}`;
    yield ']';
  } else if (levels > 0 && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    let before = '{';
    for (const [key, entry] of Object.entries(value)) {
      if (entry === undefined) continue;
      yield `${before}${JSON.stringify(key)}:`;
      yield* pieces(entry, levels - 1);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  } else {
    yield JSON.stringify(value);
  }
}
