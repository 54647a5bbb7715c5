/** A client in a process of its own, so that what it costs is neither the server's time nor its CPU. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import { fileURLToPath } from 'node:url';

interface IOrder {
  readonly url: string;
  readonly headers: http.OutgoingHttpHeaders;
}

export async function client(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(import.meta.url), { env: { ...process.env, SCRAPE_CLIENT: '1' } });
  await once(child, 'message');
  return child;
}

export async function fetched(child: ChildProcess, url: string, headers: http.OutgoingHttpHeaders): Promise<void> {
  child.send({ url: `${url}/metrics`, headers } satisfies IOrder);
  const [status] = (await once(child, 'message')) as [number];
  if (status !== 200) throw new Error(`the scrape was answered ${status}`);
}

if (process.env['SCRAPE_CLIENT'] === '1') {
  process.on('message', ({ url, headers }: IOrder) => {
    http.get(url, { headers }, (response) => {
      response.resume();
      response.on('end', () => process.send?.(response.statusCode));
    });
  });
  process.send?.('ready');
}
