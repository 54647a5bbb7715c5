/** The groups of functions that SmartProxy's `getMetrics()` returns. Connections of all routes, bytes of forwarded ones only. */
export class FakeMetrics {
  readonly #active = new Map<string, number>();
  readonly #samples: { readonly at: number; readonly route: string; readonly in: number; readonly out: number }[] = [];
  #total = 0;

  opened(route: string): void {
    this.#total++;
    this.#active.set(route, (this.#active.get(route) ?? 0) + 1);
  }

  closed(route: string): void {
    this.#active.set(route, (this.#active.get(route) ?? 0) - 1);
  }

  forwarded(route: string, bytesIn: number, bytesOut: number): void {
    this.#samples.push({ at: performance.now(), route, in: bytesIn, out: bytesOut });
  }

  active(): number {
    return [...this.#active.values()].reduce((sum, count) => sum + count, 0);
  }

  groups(): {
    connections: { active: () => number; total: () => number; byRoute: () => Map<string, number> };
    throughput: { byRoute: (windowSeconds?: number) => Map<string, { in: number; out: number }> };
  } {
    return {
      connections: {
        active: () => this.active(),
        total: () => this.#total,
        byRoute: () => new Map(this.#active),
      },
      throughput: { byRoute: (windowSeconds = 1) => this.#rates(windowSeconds) },
    };
  }

  #rates(windowSeconds: number): Map<string, { in: number; out: number }> {
    const since = performance.now() - windowSeconds * 1000;
    const rates = new Map<string, { in: number; out: number }>();
    for (const sample of this.#samples) {
      if (sample.at < since) continue;
      const rate = rates.get(sample.route) ?? { in: 0, out: 0 };
      rate.in += sample.in / windowSeconds;
      rate.out += sample.out / windowSeconds;
      rates.set(sample.route, rate);
    }
    return rates;
  }
}
