import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';

export interface IAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface IAsk {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
  readonly ca?: string;
  readonly agent?: http.Agent;
  /** The address to come from: limits count by it. */
  readonly from?: string;
}

/** One request with the headers as given, `Host` included, on a connection of its own unless an agent is given. */
export function ask(url: string, options: IAsk = {}): Promise<IAnswer> {
  const { method = 'GET', headers = {}, body, ca, agent, from } = options;
  return new Promise((resolve, reject) => {
    const told = (response: http.IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const whole = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole, text: whole.toString() });
      });
    };
    const common = { method, headers, agent: agent ?? false, localAddress: from };
    const request = url.startsWith('https:')
      ? https.request(url, { ...common, agent: false, ca }, told)
      : http.request(url, common, told);
    request.on('error', reject);
    request.end(body);
  });
}

/** What a server answers to these bytes until it closes the connection. */
export function askRaw(port: number, bytes: string): Promise<{ text: string; ms: number }> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = net.connect({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () =>
      resolve({ text: Buffer.concat(chunks).toString('latin1'), ms: performance.now() - startedAt }),
    );
  });
}

let clients = 0;

/** An address of this machine that nobody has asked from before: the limit of one client is that of its address. */
export function newClient(): string {
  clients++;
  return `127.1.${clients >> 7}.${(clients & 127) + 1}`;
}
