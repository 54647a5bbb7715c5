import { pauses } from './pause.js';

/** Bytes of a whole body, in pieces: nothing of many megabytes is copied or handed on in one go. */
export type TChunks = readonly Uint8Array<ArrayBuffer>[];

export function lengthOf(chunks: TChunks): number {
  return chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/**
 * The chunks one by one, with pauses for the process's other work: a socket whose peer reads as fast as we write would
 * take them all in one turn of the event loop.
 */
export function streamOf(chunks: TChunks): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0;
  const pause = pauses();
  return new ReadableStream({
    async pull(controller) {
      await pause();
      // Where the client went during the pause, what is told the stream now is not heard.
      const chunk = chunks[next++];
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
}
