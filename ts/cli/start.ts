import { BUILT_IN_PORTS } from './builtin.js';
import { DemoTraffic, REQUESTS_PER_SECOND } from './classes.demotraffic.js';
import { Session } from './classes.session.js';
import { greeting } from './greeting.js';
import { quietConsole, say, warn } from './output.js';

export interface IStartOptions {
  readonly config?: string | undefined;
  readonly demoTraffic?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs until a signal; resolves when everything is closed. */
export async function start({ config, demoTraffic, json }: IStartOptions): Promise<void> {
  quietConsole();
  const session = new Session(config);
  const started = session.start();
  // From the first moment on: the default of SIGHUP is to end the process, and of the others to drain nothing.
  const stopped = stopOnSignal();
  const reload = (): void => void started.then(() => session.reload()).catch(() => undefined);
  process.on('SIGHUP', reload);
  try {
    const addresses = await started;
    const traffic =
      demoTraffic === true ? new DemoTraffic({ ...BUILT_IN_PORTS, dns: addresses.dns?.port ?? null }) : null;
    traffic?.start();
    if (json === true) say(JSON.stringify({ ready: true, ...addresses }));
    else {
      const text = `Demo traffic: about ${REQUESTS_PER_SECOND} connections and queries a second, from this process to itself.`;
      say(
        greeting({
          addresses,
          configuration: config ?? 'built-in configuration',
          token: session.token,
          demoTraffic: traffic === null ? null : text,
        }),
      );
    }
    await stopped;
    process.off('SIGHUP', reload);
    traffic?.stop();
    const open = session.openConnections;
    if (open > 0)
      warn(
        `stopping: up to ${session.drainMs} ms for ${open} open ${open === 1 ? 'connection' : 'connections'}; a second signal ends at once`,
      );
    await session.stop();
  } finally {
    process.off('SIGHUP', reload);
  }
}

/** Resolves at the first SIGINT or SIGTERM. The second one ends the process at once. */
function stopOnSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const [signal, code] of Object.entries(SIGNALS)) {
      process.on(signal, () => {
        if (asked) process.exit(code);
        asked = true;
        resolve();
      });
    }
  });
}
