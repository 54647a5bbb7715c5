import type { PrometheusExporter } from '../prometheus/index.js';
import type { ILogger } from '../interfaces/options.js';
import type { ITypedRouter } from '../interfaces/typedrouter.js';
import { systemClock } from '../shared/clock.js';
import { loggerOption } from '../shared/options.js';
import { Answers } from './api/classes.answers.js';
import { ConnectionList } from './api/classes.connectionlist.js';
import { SharedSnapshots } from './api/classes.snapshots.js';
import { LoopLag } from './classes.looplag.js';
import { TokenGuard } from './classes.tokenguard.js';
import { eventsOption, exporterOption, privacyOption, sourceOption } from './options.js';
import type { IExporter, IOpsHandlerOptions } from './options.js';
import { corsOption } from './origins.js';
import type { TCorsHeaders } from './origins.js';
import { EventStream } from './stream/classes.eventstream.js';
import { registerHandlers } from './typedrouter.js';
import type { IRegisterOptions } from './typedrouter.js';

/** What `OpsHandler` and `OpsServer` have in common: all that is behind the paths, started and given back together. */
export class OpsParts {
  readonly exporter: IExporter;
  readonly answers: Answers;
  readonly stream: EventStream;
  /** `null`: whoever gets here may read. */
  readonly guard: TokenGuard | null;
  readonly cors: TCorsHeaders;
  readonly #logger: ILogger | undefined;
  readonly #lag = new LoopLag();
  /** Made here, so given back here. */
  readonly #ownExporter: PrometheusExporter | null;

  constructor(options: IOpsHandlerOptions) {
    const source = sourceOption(options.source);
    const events = eventsOption(options.events);
    const privacy = privacyOption(options.privacy);
    this.#logger = loggerOption(options.logger);
    const { exporter, own } = exporterOption(options.exporter, source);
    this.exporter = exporter;
    this.#ownExporter = own;
    this.guard = options.auth === undefined ? null : new TokenGuard(options.auth);
    this.cors = corsOption(options.allowedOrigins);
    this.stream = new EventStream(events, privacy, systemClock);
    const proxies = events.filter((one) => one.kind === 'proxy');
    this.answers = new Answers({
      snapshots: new SharedSnapshots(source, systemClock),
      connections: new ConnectionList(proxies, privacy, systemClock),
      eventLoop: () => this.#lag.reading,
      exposition: () => exporter.lastPage ?? null,
      streams: () => this.stream.reading,
      clock: systemClock,
    });
  }

  registerOn(router: ITypedRouter, options: IRegisterOptions): () => boolean {
    return registerHandlers(this.answers, router, options, this.#logger);
  }

  start(): void {
    this.#ownExporter?.start();
    this.#lag.start();
    this.stream.start();
  }

  /** Ends the streams at once. What is asked for later is still answered, but for streams. */
  stop(): void {
    this.stream.stop();
    this.#lag.stop();
    this.#ownExporter?.stop();
  }
}
