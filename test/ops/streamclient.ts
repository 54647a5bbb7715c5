import * as http from 'node:http';
import { StreamParser } from './streamreader.js';

/** A reader of `/api/events` over HTTP. */
export class StreamClient extends StreamParser {
  readonly response: http.IncomingMessage;
  closed = false;

  constructor(response: http.IncomingMessage) {
    super();
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.push(text));
    response.on('error', () => undefined);
    response.on('close', () => (this.closed = true));
  }

  leave(): void {
    this.response.destroy();
  }

  /** Resolves when the head of the answer is there. */
  static open(url: string, headers: http.OutgoingHttpHeaders = {}): Promise<StreamClient> {
    return new Promise((resolve, reject) => {
      http.get(url, { headers, agent: false }, (response) => resolve(new StreamClient(response))).on('error', reject);
    });
  }
}
