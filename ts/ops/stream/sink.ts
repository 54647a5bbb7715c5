import type { http } from '../plugins.js';

/** Where a reader's bytes go. */
export interface ISink {
  /** Bytes that were written and that the reader's side has not taken. */
  readonly backlog: number;
  write(chunk: Uint8Array): void;
  /** After what was written. */
  end(): void;
  /** At once. */
  drop(): void;
}

/** Straight to the response: a stream in between costs half as much again for each write. */
export function responseSink(response: http.ServerResponse, headers: Readonly<Record<string, string>>): ISink {
  // What fails here is one reader's affair; unheard, it would end the observed process.
  response.on('error', () => undefined);
  // Its end is the connection's, so that what is written goes out as it is, and at once.
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, headers);
  return {
    get backlog() {
      return response.writableLength;
    },
    write: (chunk) => void response.write(chunk),
    end: () => void response.end(),
    drop: () => void response.destroy(),
  };
}

/** For hosts of the `fetch` kind. `gone` is called when the reader goes. */
export function streamSink(gone: () => void): { readonly sink: ISink; readonly body: ReadableStream<Uint8Array> } {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given;
      },
      cancel: () => {
        controller = null;
        gone();
      },
    },
    { highWaterMark: 0, size: ({ byteLength }) => byteLength },
  );
  const close = (): void => {
    controller?.close();
    controller = null;
  };
  const sink: ISink = {
    get backlog() {
      return -(controller?.desiredSize ?? 0);
    },
    write: (chunk) => controller?.enqueue(chunk),
    end: close,
    drop: close,
  };
  return { sink, body };
}
