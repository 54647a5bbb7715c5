import { RoutemeterError } from '../../shared/errors.js';
import { FLAG, HEADER_SIZE } from './message.js';
import { RandomNumbers } from './classes.randomnumbers.js';
import { type IUpstreamAddress, UpstreamSocket } from './classes.upstreamsocket.js';

/** localhost, A, IN: SmartDNS answers it in its own process, so that no handler is called for our sake. */
const QUESTION = Buffer.from('\x09localhost\0\0\x01\0\x01', 'latin1');
const RETRY_MS = 100;

/** Resolves once a real query is answered at this address; `ERR_FRONT_UPSTREAM` where none is in time. */
export async function probe(address: IUpstreamAddress, timeoutMs: number): Promise<void> {
  const socket = new UpstreamSocket(address, new RandomNumbers(), { stray: () => undefined, refused: () => undefined });
  await socket.open();
  try {
    for (const end = performance.now() + timeoutMs; performance.now() < end;) {
      if (await ask(socket)) return;
    }
  } finally {
    socket.close();
  }
  const { host, port } = address;
  throw new RoutemeterError(
    'ERR_FRONT_UPSTREAM',
    `nothing answers DNS queries at front.upstream, ${host} port ${port}`,
  );
}

async function ask(socket: UpstreamSocket): Promise<boolean> {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt16BE(FLAG.recursion, 2);
  header[5] = 1;
  const message = Buffer.concat([header, QUESTION]);
  let reply: Buffer | null = null;
  await new Promise<void>((resolve) => {
    // Also where nobody listens and it lands at once: the server may be about to.
    const timer = setTimeout(resolve, RETRY_MS);
    const landed = (landing: Buffer | null): void => {
      if (landing === null) return;
      reply = landing;
      clearTimeout(timer);
      resolve();
    };
    const flight = { message, questionEnd: message.length, deadline: Infinity, landed };
    socket.enter(flight);
    socket.send([flight]);
  });
  return reply !== null;
}
