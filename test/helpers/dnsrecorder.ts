import type { IHandlerErrorEvent, IQueryAnsweredEvent, IQueryReceivedEvent } from '../../ts/interfaces/events.js';
import type { IDnsSource } from '../../ts/interfaces/source.js';

/** All that a DNS source told, in order, and how often it was not balanced. */
export class DnsRecorder {
  readonly received: IQueryReceivedEvent[] = [];
  readonly answered: IQueryAnsweredEvent[] = [];
  readonly errors: IHandlerErrorEvent[] = [];
  readonly order: string[] = [];
  /** `activeCount()` as seen inside each event. */
  readonly active: number[] = [];

  constructor(source: IDnsSource) {
    const told = (name: string): void => {
      this.order.push(name);
      this.active.push(source.activeCount());
    };
    source.on('query-received', (event) => {
      this.received.push(event);
      told('received');
    });
    source.on('query-answered', (event) => {
      this.answered.push(event);
      told('answered');
    });
    source.on('handler-error', (event) => {
      this.errors.push(event);
      told('error');
    });
  }
}
