/** The servers of a comparison: all alive at once, each in processes of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { treeMs } from '../harness/cpu.js';
import type { TKind } from './kinds.js';

export interface IServer {
  readonly port: number;
  /** Of CPU, that all its processes have taken so far. */
  cpuMs(): number;
}

const START_MS = 20_000;
const STRIP = new URL('../harness/strip.mjs', import.meta.url).href;
const SERVER = fileURLToPath(new URL('./server.ts', import.meta.url));

export const hasDnsdist = (): boolean => spawnSync('dnsdist', ['--version']).status === 0;

export class Fleet {
  readonly #folder: string;
  readonly #nodeArgs: readonly string[];
  readonly #children: ChildProcess[] = [];

  /** `folder`: for configuration files; the caller's to remove. */
  constructor(folder: string, nodeArgs: readonly string[] = []) {
    this.#folder = folder;
    this.#nodeArgs = nodeArgs;
  }

  async start(kind: TKind, handlers: number): Promise<IServer> {
    const child = this.#spawn(
      process.execPath,
      [...this.#nodeArgs, '--import', STRIP, SERVER, kind, String(handlers)],
      'ipc',
    );
    const [message] = (await within(START_MS, `${kind} to start`, once(child, 'message'))) as [{ port: number }];
    return { port: message.port, cpuMs: () => treeMs(child.pid ?? 0) };
  }

  /** Before a SmartDNS of its own; `cached`: with a packet cache of the size that the front's has. */
  async startDnsdist(handlers: number, cached: boolean): Promise<IServer> {
    const upstream = await this.start('bare', handlers);
    const port = await freePort();
    const file = join(this.#folder, `dnsdist-${port}.conf`);
    const lines = [
      `setLocal('127.0.0.1:${port}')`,
      `newServer('127.0.0.1:${upstream.port}'):setUp()`,
      ...(cached ? [`getPool(''):setCache(newPacketCache(100000))`] : []),
      `setSecurityPollSuffix('')`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const child = this.#spawn('dnsdist', ['--supervised', '--disable-syslog', '-C', file]);
    // Whether it answers is seen by the first load.
    await sleep(1_000);
    if (child.exitCode !== null) throw new Error('dnsdist did not start');
    return { port, cpuMs: () => treeMs(child.pid ?? 0) + upstream.cpuMs() };
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      if (child.connected) child.disconnect();
      else child.kill();
      await within(START_MS, 'a server to end', once(child, 'exit'));
    }
  }

  #spawn(command: string, args: readonly string[], channel: 'ipc' | 'ignore' = 'ignore'): ChildProcess {
    // SmartDNS writes lines of its own to both.
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore', channel] });
    this.#children.push(child);
    return child;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4').once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const late = new AbortController();
  const timeout = sleep(ms, undefined, { signal: late.signal }).then(() => {
    throw new Error(`waited ${ms} ms for ${what}`);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    late.abort();
    timeout.catch(() => undefined);
  }
}
