import type { TDnsHandler } from '../interfaces/smartdns.js';
import type { TConfigRecord } from '../schema/configdns.js';

const DEFAULT_TTL = 300;
/** What SmartDNS encodes. A name that has a CNAME answers with it whatever is asked. */
const TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'];

/** What handlers are registered on: a MetricsAwareDns. */
export interface IHandlerRegistry {
  registerHandler(pattern: string, types: string[], handler: TDnsHandler): void;
  unregisterHandler(pattern: string, types: string[]): boolean;
}

/** The records of a configuration as handlers: one for each record, since a handler gives one answer. */
export class Zone {
  readonly #registry: IHandlerRegistry;
  #registered: readonly { readonly name: string; readonly types: string[] }[] = [];

  constructor(registry: IHandlerRegistry) {
    this.#registry = registry;
  }

  /** In one turn, so that no query meets a half of it. */
  replace(records: readonly TConfigRecord[]): void {
    for (const { name, types } of this.#registered) this.#registry.unregisterHandler(name, types);
    const names = new Set(records.map(({ name }) => name));
    this.#registered = records.map((record) => {
      const types = record.type === 'CNAME' ? TYPES : [record.type];
      this.#registry.registerHandler(record.name, types, handlerOf(record, names));
      return { name: record.name, types };
    });
  }
}

function handlerOf({ name: owner, type, ttl, data }: TConfigRecord, names: ReadonlySet<string>): TDnsHandler {
  return ({ name }) => {
    // SmartDNS asks every pattern that matches; in DNS only the nearest one answers (RFC 4592).
    if (nearest(name, names) !== owner) return null;
    return { name, type, class: 'IN', ttl: ttl ?? DEFAULT_TTL, data };
  };
}

/** The name itself, else the longest wildcard above it. */
function nearest(name: string, names: ReadonlySet<string>): string | undefined {
  if (names.has(name)) return name;
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const wildcard = `*${name.slice(dot)}`;
    if (names.has(wildcard)) return wildcard;
  }
  return undefined;
}
