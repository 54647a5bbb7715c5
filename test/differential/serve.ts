import type * as net from 'node:net';
import type { IScenario } from './scenario.js';

/** What the handler's side notes; `expected` grows with all that the client is to receive. */
export interface IServed {
  readonly notes: string[];
  taken: number;
  expected: number;
  /** Lets the handler's time-out run; where there is none, nothing. */
  beSilent: (() => void) | null;
}

/** The handler of a scenario. Everything it sees is noted, so that a difference shows. */
export function serveOf({ serve, limit }: IScenario, served: IServed): (socket: net.Socket) => void | Promise<void> {
  return (socket) => {
    const { notes } = served;
    socket.on('error', (error: NodeJS.ErrnoException) => void notes.push(`error ${kindOf(error)}`));
    socket.on('end', () => void notes.push('end'));
    socket.on('finish', () => void notes.push('finish'));
    socket.on('close', (failed: boolean) => void notes.push(`close ${failed}`));
    const reply = (bytes: Buffer | string): void => {
      served.expected += bytes.length;
      socket.write(bytes);
    };
    const echo = (chunk: Buffer): void => {
      served.taken += chunk.length;
      reply(chunk);
    };
    switch (serve) {
      case 'echo by data':
        return void socket.on('data', echo);
      case 'echo by pipe':
        socket.on('data', (chunk: Buffer) => {
          served.taken += chunk.length;
          served.expected += chunk.length;
        });
        return void socket.pipe(socket);
      case 'echo by readable':
        return void socket.on('readable', () => {
          for (let chunk: unknown; (chunk = socket.read()) !== null;) echo(chunk as Buffer);
        });
      case 'echo by async iterator':
        return (async () => {
          for await (const chunk of socket) echo(chunk as Buffer);
        })().catch((error: NodeJS.ErrnoException) => void notes.push(`iterator ${kindOf(error)}`));
      case 'echo by reads of 7 bytes':
        return void socket.on('readable', () => {
          for (let chunk: unknown; (chunk = socket.read(Math.min(7, Math.max(1, socket.readableLength)))) !== null;) {
            echo(chunk as Buffer);
          }
        });
      case 'echo, listening late':
        return void whenRead(socket, () => socket.on('data', echo));
      case 'echo after a promise':
        return Promise.resolve().then(() => void socket.on('data', echo));
      case 'banner, then echo':
        reply('220 ready\r\n');
        return void socket.on('data', echo);
      case 'echo, paused now and then':
        return void socket.on('data', (chunk: Buffer) => {
          echo(chunk);
          socket.pause();
          setImmediate(() => socket.resume());
        });
      case 'end after bytes':
        return void socket.on('data', (chunk: Buffer) => {
          if (socket.writableEnded) served.taken += chunk.length;
          else echo(chunk);
          if (served.taken >= limit && !socket.writableEnded) socket.end();
        });
      case 'destroy after bytes':
        return void socket.on('data', (chunk: Buffer) => {
          served.taken += chunk.length;
          if (served.taken >= limit) socket.destroy();
        });
      case 'destroy with an error':
        return void socket.on('data', (chunk: Buffer) => {
          served.taken += chunk.length;
          if (served.taken >= limit) socket.destroy(new Error('of the handler'));
        });
      case 'throw after bytes were read':
        socket.once('data', (chunk: Buffer) => void (served.taken += chunk.length));
        socket.resume();
        throw new Error('after bytes');
      case 'throw at once':
        throw new TypeError('at once');
      case 'reject at once':
        return Promise.reject(new RangeError('rejected'));
      case 'time out':
        socket.resume();
        socket.on('timeout', () => {
          notes.push('timeout');
          socket.destroy();
        });
        // Not before the client has said all: what comes while the time runs out is a race.
        served.beSilent = () => void socket.setTimeout(20);
        return;
      case 'half a megabyte for each chunk':
        // Once: how often would be a matter of chunks.
        socket.once('data', () => reply(Buffer.alloc(524_288, 'x')));
        return void socket.on('data', (chunk: Buffer) => void (served.taken += chunk.length));
      case 'strip the listeners and destroy':
        return void socket.once('data', () => {
          socket.removeAllListeners();
          socket.on('error', () => undefined);
          socket.destroy();
        });
    }
  };
}

/** Calls back once bytes wait to be read, which is when somebody else's listener would have them. */
function whenRead(socket: net.Socket, then: () => void): void {
  const look = (): void => {
    if (socket.bytesRead > 0 || socket.destroyed) then();
    else setImmediate(look);
  };
  setImmediate(look);
}

/** Which of several codes a cut shows depends on what was under way. */
export function kindOf({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : (code ?? message);
}
