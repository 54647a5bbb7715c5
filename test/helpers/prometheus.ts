import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './freeport.js';
import { until } from './wait.js';

interface IAnswer {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
  };
}

/** A real Prometheus on loopback that scrapes the given addresses once a second. */
export class Prometheus {
  readonly #folder = mkdtempSync(join(tmpdir(), 'routemeter-prometheus-'));
  readonly #jobs: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #port = 0;
  #log = '';

  /** Job names and the `host:port` that each scrapes. */
  constructor(jobs: Readonly<Record<string, string>>) {
    this.#jobs = jobs;
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    const config = join(this.#folder, 'prometheus.json');
    // JSON is YAML.
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: Object.entries(this.#jobs).map(([job_name, target]) => ({
          job_name,
          static_configs: [{ targets: [target] }],
        })),
      }),
    );
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(this.#folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${this.#port}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
    await until(() => this.#ready(), `Prometheus to be ready; it says:\n${this.#log}`, 20_000);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null) {
      child.kill();
      await once(child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** An instant query, now: each result's labels as `a=b,c=d` and its value. */
  async query(promql: string): Promise<Record<string, number>> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/api/v1/query?query=${encodeURIComponent(promql)}`);
    if (!response.ok) throw new Error(`${promql}: ${response.status} ${await response.text()}`);
    const { data } = (await response.json()) as IAnswer;
    return Object.fromEntries(
      data.result.map(({ metric, value }) => [
        Object.entries(metric)
          .map(([name, text]) => `${name}=${text}`)
          .toSorted()
          .join(','),
        Number(value[1]),
      ]),
    );
  }

  async #ready(): Promise<boolean> {
    if (this.#child?.exitCode !== null) throw new Error(`Prometheus ended:\n${this.#log}`);
    return fetch(`http://127.0.0.1:${this.#port}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
