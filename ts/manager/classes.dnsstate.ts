import type { TCacheResult, TDnsTransport } from '../interfaces/events.js';
import type { TPrivacy } from '../interfaces/options.js';
import { DNS_DURATION_EDGES, DNS_REQUEST_SIZE_EDGES, DNS_RESPONSE_SIZE_EDGES } from '../shared/buckets.js';
import { privateIp } from '../shared/ip.js';
import { queryTypeLabel, responseCodeLabel } from '../shared/labels.js';
import { Histogram } from './classes.histogram.js';
import { History } from './classes.history.js';
import { LabelCounts } from './classes.labelcounts.js';
import { TopDomains } from './classes.topdomains.js';
import { TopList } from './classes.toplist.js';
import type { IManagerSettings } from './settings.js';

/** Columns of the DNS history. */
export const DNS_COLUMN = { queries: 0 } as const;

// The labels are closed vocabularies (labels.ts) of less than this; reasons of rejection are the source's own words.
const MAX_LABELS = 64;

/** One way that queries come by. Histograms are made when there is something to observe. */
export class DnsTransport {
  readonly types = new LabelCounts(MAX_LABELS);
  readonly codes = new LabelCounts(MAX_LABELS);
  duration: Histogram | null = null;
  requestSize: Histogram | null = null;
  responseSize: Histogram | null = null;
  // Mostly the same as the time before: the label is looked up where it is another.
  #type = '';
  #typeLabel = queryTypeLabel('');
  #code: string | undefined;
  #codeLabel = responseCodeLabel(undefined);

  countType(type: string): void {
    if (type !== this.#type) {
      this.#type = type;
      this.#typeLabel = queryTypeLabel(type);
    }
    this.types.add(this.#typeLabel);
  }

  /** Its label. */
  countCode(code: string | undefined): string {
    if (code !== this.#code) {
      this.#code = code;
      this.#codeLabel = responseCodeLabel(code);
    }
    this.codes.add(this.#codeLabel);
    return this.#codeLabel;
  }

  observeRequest(size: number | undefined): void {
    if (size === undefined) return;
    this.requestSize ??= new Histogram(DNS_REQUEST_SIZE_EDGES);
    this.requestSize.observe(size);
  }

  observeResponse(size: number | undefined, responseTimeMs: number | null): void {
    if (responseTimeMs !== null) {
      this.duration ??= new Histogram(DNS_DURATION_EDGES);
      this.duration.observe(responseTimeMs / 1000);
    }
    if (size === undefined) return;
    this.responseSize ??= new Histogram(DNS_RESPONSE_SIZE_EDGES);
    this.responseSize.observe(size);
  }
}

/** What is known of all DNS sources together. */
export class DnsState {
  readonly history: History;
  queries = 0;
  responses = 0;
  unanswered = 0;
  readonly dropped = new LabelCounts(MAX_LABELS);
  readonly rejected = new LabelCounts(MAX_LABELS);
  readonly transports = new Map<TDnsTransport, DnsTransport>();
  readonly results: Record<TCacheResult, number> = { hit: 0, coalesced: 0, miss: 0, bypass: 0 };
  /** A result or a `cache` event came. */
  cacheSeen = false;
  evictions = 0;
  readonly topDomains: TopDomains;
  readonly topDomainsByUnanswered: TopList;
  // The rest is made when there is something to count.
  /** Codes are a closed vocabulary (labels.ts). */
  readonly topDomainsByCode = new Map<string, TopList>();
  /** The most patterns that were ever past the limit. */
  handlersOverflowed = 0;
  readonly handlerLimit: number;
  readonly #capacity: number;
  readonly #shown: number;
  readonly #privacy: TPrivacy;
  #transport: DnsTransport | null = null;
  #transportName: TDnsTransport | null = null;
  #topClients: TopList | null = null;
  /** Who asked last, as told and as counted, and how often running; not booked yet. */
  #clientIp: string | undefined;
  #client: string | null = null;
  #clientQueries = 0;

  constructor(settings: IManagerSettings, origin: number) {
    this.history = new History(Object.keys(DNS_COLUMN), origin);
    this.topDomains = new TopDomains(settings);
    this.topDomainsByUnanswered = new TopList(settings.capacity, settings.shown);
    this.#privacy = settings.privacy;
    this.handlerLimit = settings.handlerLimit;
    this.#capacity = settings.capacity;
    this.#shown = settings.shown;
  }

  transport(name: TDnsTransport): DnsTransport {
    if (name === this.#transportName && this.#transport !== null) return this.#transport;
    let transport = this.transports.get(name);
    if (transport === undefined) this.transports.set(name, (transport = new DnsTransport()));
    this.#transportName = name;
    this.#transport = transport;
    return transport;
  }

  countClient(clientIp: string | undefined): void {
    if (clientIp !== this.#clientIp) {
      this.#bookClient();
      this.#clientIp = clientIp;
      this.#client = clientIp === undefined ? null : privateIp(clientIp, this.#privacy);
    }
    this.#clientQueries++;
  }

  /** `null` before the first client was told. */
  get topClients(): TopList | null {
    this.#bookClient();
    return this.#topClients;
  }

  countError(domain: string, code: string): void {
    let list = this.topDomainsByCode.get(code);
    if (list === undefined) this.topDomainsByCode.set(code, (list = this.#topList()));
    list.add(domain);
  }

  #bookClient(): void {
    if (this.#client !== null && this.#clientQueries > 0) {
      this.#topClients ??= this.#topList();
      this.#topClients.add(this.#client, this.#clientQueries);
    }
    this.#clientQueries = 0;
  }

  #topList(): TopList {
    return new TopList(this.#capacity, this.#shown);
  }
}
