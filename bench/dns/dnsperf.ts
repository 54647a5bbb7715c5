import { spawn } from 'node:child_process';

export interface ILoad {
  readonly port: number;
  readonly file: string;
  readonly seconds: number;
  /** Queries a second at most; as fast as it goes where there is none. */
  readonly rate?: number;
  /** Through the file once only: its names must not come again. */
  readonly once?: boolean;
}

export interface ILoadResult {
  readonly completed: number;
  readonly lost: number;
  readonly perSecond: number;
  /** Answers that are not NOERROR. */
  readonly refused: number;
  /** ms of each answer, in no order; empty without `rate`. */
  readonly latencies: readonly number[];
}

const GRACE_MS = 10_000;

/** One load from a process of its own. Rejects where dnsperf fails, or does not end. */
export async function dnsperf({ port, file, seconds, rate, once = false }: ILoad): Promise<ILoadResult> {
  const args = ['-s', '127.0.0.1', '-p', String(port), '-d', file, '-l', String(seconds), '-c', '4', '-q', '200'];
  if (rate !== undefined) args.push('-Q', String(Math.round(rate)), '-v');
  if (once) args.push('-n', '1');
  const output = await outputOf('dnsperf', args, seconds * 1_000 + GRACE_MS);
  const number = (pattern: RegExp): number => {
    const found = pattern.exec(output)?.[1];
    if (found === undefined) throw new Error(`dnsperf did not tell ${pattern}:\n${output.slice(-2_000)}`);
    return Number(found);
  };
  const completed = number(/Queries completed: +(\d+)/);
  return {
    completed,
    lost: number(/Queries lost: +(\d+)/),
    perSecond: number(/Queries per second: +([\d.]+)/),
    // Where nothing came back no code is told.
    refused: completed - Number(/Response codes: .*?NOERROR (\d+)/.exec(output)?.[1] ?? 0),
    latencies: Array.from(output.matchAll(/^> \S+ \S+ \S+ ([\d.]+)$/gm), ([, time]) => Number(time) * 1_000),
  };
}

function outputOf(command: string, args: readonly string[], timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => output.push(chunk));
    }
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output.join(''));
      else reject(new Error(`${command} ended with ${signal ?? code}:\n${output.join('').slice(-2_000)}`));
    });
  });
}
