import { setImmediate as turn } from 'node:timers/promises';
import type { ITestHost } from '../helpers/hosts/host.js';
import { until } from '../helpers/wait.js';
import { MetricsAwareProxy } from '../../ts/proxy/index.js';
import { checkEvents, Faults } from './check.js';
import { EventLog } from './eventlog.js';
import type { ILife } from './life.js';
import { CERTIFICATE, Run } from './run.js';

const DEADLINE_MS = 60_000;

interface ITranscripts {
  readonly client: string;
  readonly handler: string;
  readonly host: string;
}

/** Runs a life once. Its peers' transcripts are taken once both sides are over. */
async function once(
  host: ITestHost,
  life: ILife,
  routeName: string,
  run: Run,
  proxy?: MetricsAwareProxy,
): Promise<ITranscripts> {
  const tls = life.tls === true ? CERTIFICATE : undefined;
  const handler = run.instrument(life.serve(run));
  const listening = await host.listen(routeName, handler, {
    firstChunk: life.firstChunk,
    http: life.type !== 'tcp' && life.type !== 'tls',
    tls,
    proxy,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`the client is not done within ${DEADLINE_MS} ms`)), DEADLINE_MS);
    });
    await Promise.race([life.play(run, listening.port), late]);
    // Not by an event: some lives strip the listeners.
    await until(() => run.socket?.closed === true, "the handler's socket is closed");
    await turn();
    const cut = life.cut === true;
    return {
      client: run.client.transcript(cut),
      handler: run.handler.transcript(false),
      host: listening.outcomes.join(', '),
    };
  } finally {
    clearTimeout(timer);
    run.destroy();
    await listening.close();
  }
}

/** Runs a life bare and wrapped on a host. Throws with every field that does not hold. */
export async function runLife(host: ITestHost, life: ILife): Promise<void> {
  const title = `${host.name} × ${life.name}`;
  const routeName = `route of ${life.name}`;
  const faults = new Faults();
  try {
    const bare = await once(host, life, routeName, new Run(undefined));
    const wrapped = await runWrapped(host, life, routeName, faults);
    faults.equal("client's transcript", wrapped.client, bare.client);
    faults.equal("handler's transcript", wrapped.handler, bare.handler);
    faults.equal("host's transcript", wrapped.host, bare.host);
  } catch (error) {
    faults.lines.push(
      `did not run to its end: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  if (faults.lines.length > 0) throw new Error(faults.lines.map((line) => `${title} × ${line}`).join('\n'));
}

async function runWrapped(host: ITestHost, life: ILife, routeName: string, faults: Faults): Promise<ITranscripts> {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 100 });
  const log = new EventLog(proxy);
  const run = new Run(proxy);
  const transcripts = await once(host, life, routeName, run, proxy);
  await proxy.sweep();
  checkEvents(faults, { host, life, routeName, run, log, active: proxy.activeCount() });
  return transcripts;
}
