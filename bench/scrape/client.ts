import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A client in a thread of its own, so that what it costs is not taken for the server's. */
export async function client(): Promise<Worker> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const http = require('node:http');
     parentPort.on('message', ({ url, headers }) => http.get(url, { headers }, (response) => {
       let bytes = 0;
       response.on('data', (chunk) => (bytes += chunk.length));
       response.on('end', () => parentPort.postMessage({ status: response.statusCode, bytes }));
     }));
     parentPort.postMessage('ready');`,
    { eval: true },
  );
  await once(worker, 'message');
  return worker;
}

export async function fetched(worker: Worker, url: string, headers: object): Promise<void> {
  worker.postMessage({ url: `${url}/metrics`, headers });
  const [{ status }] = (await once(worker, 'message')) as [{ status: number }];
  if (status !== 200) throw new Error(`the scrape was answered ${status}`);
}
