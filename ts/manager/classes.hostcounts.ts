import type { IHostCounters } from '../interfaces/source.js';

const COUNTERS = ['backendConnectErrors', 'backendRetries'] as const;

interface ISection {
  readonly names: string[];
  readonly counts: number[];
}

/**
 * What hosts told of their routes last. They tell all of it at every read, and mostly the same: it is gone through in its
 * order, because looking each route up takes several times as long.
 */
export class HostCounts {
  /** One for each counter of each host. */
  readonly #sections: ISection[] = [];
  #version = -1;

  /** Whether the routes are others than at the last call. */
  newRoutes(version: number): boolean {
    const others = version !== this.#version;
    this.#version = version;
    return others;
  }

  /** Calls `changed` with the name of every route of which other things are told now, and perhaps of some more. */
  compare(hosts: readonly IHostCounters[], changed: (route: string) => void): void {
    let section = 0;
    for (const host of hosts) {
      for (const counter of COUNTERS) {
        compareSection((this.#sections[section++] ??= { names: [], counts: [] }), host[counter], changed);
      }
    }
    for (const { names } of this.#sections.splice(section)) names.forEach(changed);
  }
}

function compareSection(
  { names, counts }: ISection,
  told: ReadonlyMap<string, number>,
  changed: (route: string) => void,
): void {
  let at = 0;
  for (const [name, count] of told) {
    const known = names[at];
    if (known !== name || counts[at] !== count) {
      if (known !== undefined) changed(known);
      changed(name);
      names[at] = name;
      counts[at] = count;
    }
    at++;
  }
  names.splice(at).forEach(changed);
  counts.length = at;
}
