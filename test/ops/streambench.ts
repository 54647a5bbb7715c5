import type { TPrivacy } from '../../ts/interfaces/options.js';
import { EventStream } from '../../ts/ops/stream/classes.eventstream.js';
import type { TEventsQuery } from '../../ts/schema/opsquery.js';
import { FakeClock, FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';
import { FakeSink } from './streamreader.js';

export interface IBenchReader {
  readonly sink: FakeSink;
  readonly close: () => void;
}

/** A stream over sources that tell what they are told to. */
export class StreamBench {
  readonly proxy = new FakeProxySource('web', 'api');
  readonly dns = new FakeDnsSource();
  readonly clock = new FakeClock();
  readonly stream: EventStream;

  constructor(privacy: TPrivacy = 'full') {
    this.stream = new EventStream([this.proxy, this.dns], privacy, this.clock);
  }

  read(query: TEventsQuery = {}, lastEventId?: string): IBenchReader {
    this.stream.admit(query);
    const sink = new FakeSink();
    return { sink, close: this.stream.open(query, lastEventId, sink) };
  }

  get listens(): boolean[] {
    return [this.proxy.has('connection-open'), this.proxy.has('traffic'), this.dns.has('query-received')];
  }
}
