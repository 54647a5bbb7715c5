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

/** A rule as Prometheus has read it; an alert has what is optional here. */
export interface IPrometheusRule {
  readonly name: string;
  readonly query: string;
  readonly type: 'alerting' | 'recording';
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of its `for`, in seconds. */
  readonly duration?: number;
}

/** A real Prometheus on loopback that scrapes the given addresses once a second. */
export class Prometheus {
  readonly #folder = mkdtempSync(join(tmpdir(), 'routemeter-prometheus-'));
  readonly #jobs: Readonly<Record<string, string>>;
  readonly #ruleFiles: readonly string[];
  #child: ChildProcess | undefined;
  #port = 0;
  #log = '';

  /** Job names and the `host:port` that each scrapes; paths of rule files. */
  constructor(jobs: Readonly<Record<string, string>>, ruleFiles: readonly string[] = []) {
    this.#jobs = jobs;
    this.#ruleFiles = ruleFiles;
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    const config = join(this.#folder, 'prometheus.json');
    // JSON is YAML.
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        rule_files: this.#ruleFiles,
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
    return Object.fromEntries(
      (await this.samples(promql)).map(({ metric, value }) => [
        Object.entries(metric)
          .map(([name, text]) => `${name}=${text}`)
          .toSorted()
          .join(','),
        value,
      ]),
    );
  }

  /** The same with all labels apart, whatever is in them. */
  async samples(promql: string): Promise<{ metric: Readonly<Record<string, string>>; value: number }[]> {
    const { data } = (await this.#get(`query?query=${encodeURIComponent(promql)}`)) as IAnswer;
    // Infinity is written as Go does.
    return data.result.map(({ metric, value: [, text] }) => ({
      metric,
      value: Number(text.replace('Inf', 'Infinity')),
    }));
  }

  /** Every rule of the rule files, in their order. */
  async rules(): Promise<IPrometheusRule[]> {
    const { data } = (await this.#get('rules')) as {
      data: { groups: readonly { rules: readonly IPrometheusRule[] }[] };
    };
    return data.groups.flatMap(({ rules }) => rules);
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/api/v1/${path}`);
    if (!response.ok) throw new Error(`${decodeURIComponent(path)}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async #ready(): Promise<boolean> {
    if (this.#child?.exitCode !== null) throw new Error(`Prometheus ended:\n${this.#log}`);
    return fetch(`http://127.0.0.1:${this.#port}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
