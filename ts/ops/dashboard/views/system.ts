import type { ISystemAnswer } from '../../../interfaces/ops.js';
import type { IInvariantSnapshot } from '../../../interfaces/snapshot.js';
import type { IRouterStats } from '../../../interfaces/stats.js';
import { Poll } from '../classes.poll.js';
import { bars } from '../components/bars.js';
import { failureNote } from '../components/failure.js';
import { figure } from '../components/figure.js';
import { bad, good } from '../components/icons.js';
import { panel } from '../components/panel.js';
import { table } from '../components/table.js';
import { text } from '../components/text.js';
import { timeOf } from '../components/time.js';
import { tile, tiles } from '../components/tile.js';
import { bytes, count, percent, seconds } from '../format.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import * as why from '../reasons.js';
import type { IView, IViewContext } from '../view.js';
import { certificates } from './certificates.js';

const EVERY_MS = 2_000;

/** The process, and routemeter itself: does what watches work. */
export class SystemView implements IView {
  readonly #poll: Poll<ISystemAnswer>;

  constructor({ session, changed }: IViewContext) {
    this.#poll = new Poll<ISystemAnswer>({ api: session.api, path: () => 'api/system', intervalMs: EVERY_MS, changed });
  }

  enter(): void {
    this.#poll.start();
  }

  leave(): void {
    this.#poll.stop();
  }

  render(stats: IRouterStats): TemplateResult {
    const { self, proxy, takenAt } = stats;
    const system = this.#poll.data;
    return html`
      ${processTiles(stats)} ${failureNote(this.#poll.failure)} ${systemTiles(system, this.#poll.failure !== null)}
      ${freshTiles(stats)} ${panel('invariants', 'Identities', invariants(self.invariants))}
      <div class="panels">
        ${panel('overflow', 'Overflow', amounts('overflow', 'Limit', self.overflow, 'No limit was reached.'))}
        ${panel('events', 'Events', amounts('events', 'Event', self.events, 'None yet.'))}
        ${panel('certificates', 'Certificates', certificates(proxy?.certificates ?? null, takenAt))}
      </div>
    `;
  }
}

function processTiles({ process, startedAt, takenAt, version }: IRouterStats): TemplateResult {
  const from = `by ${process.source === 'node' ? 'Node.js' : 'SmartMetrics'}`;
  return tiles(
    'Process',
    tile('CPU', figure('process.cpuPercentage', process.cpuPercentage, percent, why.NOT_TOLD_PROCESS), from),
    tile('Memory', figure('process.memoryUsageBytes', process.memoryUsageBytes, bytes, why.NOT_TOLD_PROCESS), from),
    tile(
      'Share of memory',
      figure('process.memoryPercentage', process.memoryPercentage, percent, why.NOT_TOLD_PROCESS),
      from,
    ),
    tile('Heap', figure('process.heapUsedBytes', process.heapUsedBytes, bytes, why.NOT_TOLD_PROCESS)),
    tile('Process up', figure('process.uptimeSeconds', process.uptimeSeconds, seconds, '')),
    tile('Counting since', timeOf('startedAt', startedAt, takenAt), `version ${version}`),
  );
}

function systemTiles(system: ISystemAnswer | null, failed: boolean): TemplateResult {
  const waiting = failed ? 'this router does not tell it' : 'no answer came yet';
  const lag = system?.eventLoop ?? null;
  const noLag = system === null ? waiting : 'no complete 10 s have passed, or the server does not measure it';
  const page = system?.exposition ?? null;
  const noPage = system === null ? waiting : 'no page of metrics was rendered yet';
  const streams = system?.streams ?? null;
  const noStreams = system === null ? waiting : 'no event source is served';
  return html`${tiles(
    'Event loop and metrics page',
    tile('Event-loop lag, mean', figure('eventLoop.lagMeanSeconds', lag?.lagMeanSeconds, seconds, noLag)),
    tile('Event-loop lag, p99', figure('eventLoop.lagP99Seconds', lag?.lagP99Seconds, seconds, noLag)),
    tile('Event-loop lag, most', figure('eventLoop.lagMaxSeconds', lag?.lagMaxSeconds, seconds, noLag), 'of 10 s'),
    tile('Series', figure('exposition.series', page?.series, count, noPage), 'on the page of metrics'),
    tile('Rendered in', figure('exposition.renderSeconds', page?.renderSeconds, seconds, noPage)),
    tile(
      'Rendered at',
      page === null || system === null
        ? figure('exposition.renderedAt', null, count, noPage)
        : timeOf('exposition.renderedAt', page.renderedAt, system.takenAt),
    ),
  )}
  ${tiles(
    'Event streams',
    tile('Stream readers', figure('streams.readers', streams?.readers, count, noStreams)),
    tile('Readers dropped', figure('streams.readersDropped', streams?.readersDropped, count, noStreams), 'too slow'),
    tile('Events sent', figure('streams.eventsSent', streams?.eventsSent, count, noStreams)),
    tile('Events left out', figure('streams.eventsLeftOut', streams?.eventsLeftOut, count, noStreams), 'of floods'),
  )}`;
}

function freshTiles({ self, proxy, takenAt }: IRouterStats): TemplateResult {
  return tiles(
    'How old the figures are',
    tile(
      'Last sample',
      figure('self.sampleAgeSeconds', self.sampleAgeSeconds, seconds, why.NO_SAMPLE),
      self.sampledAt === null ? '' : html`at ${timeOf('self.sampledAt', self.sampledAt, takenAt)}`,
    ),
    tile(
      'Forwarded routes',
      figure(
        'proxy.forwardedStaleSeconds',
        proxy?.forwardedStaleSeconds,
        seconds,
        proxy === null ? why.NO_PROXY : why.NO_FORWARDED,
      ),
      'since their figures last changed',
    ),
    tile('Listener errors', figure('self.listenerErrors', self.listenerErrors, count, '')),
    tile(
      'TLS handshake errors',
      figure(
        'proxy.tlsHandshakeErrors',
        proxy?.tlsHandshakeErrors,
        count,
        proxy === null ? why.NO_PROXY : why.NOT_TOLD,
      ),
    ),
  );
}

const invariants = (all: readonly IInvariantSnapshot[]): TemplateResult =>
  table<IInvariantSnapshot>({
    ...{ label: 'Identities', name: 'invariants', rows: all, keyOf: ({ name }) => name, empty: 'None is checked.' },
    columns: [
      { id: 'name', label: 'Identity', cell: ({ name }) => name },
      {
        ...{ id: 'ok', label: 'Now' },
        cell: ({ ok }) =>
          html`<span class="state" data-figure="ok" data-value=${ok}
            >${ok ? good() : bad()} ${ok ? 'holds' : 'does not hold'}</span
          >`,
      },
      {
        ...{ id: 'violations', label: 'Reads at which it did not', numeric: true },
        cell: ({ violations }) => figure('violations', violations, count, ''),
      },
      {
        id: 'detail',
        label: 'Both sides',
        cell: ({ detail }) => (detail === null ? '' : html`<span class="whole">${text(detail)}</span>`),
      },
    ],
  });

function amounts(name: string, what: string, values: Readonly<Record<string, number>>, empty: string): TemplateResult {
  const entries = Object.entries(values).filter(([, value]) => value > 0);
  return bars({
    ...{ label: what, name, what, amount: 'Count', empty },
    bars: entries.sort(([, a], [, b]) => b - a).map(([key, value]) => ({ key, label: key, value })),
  });
}
