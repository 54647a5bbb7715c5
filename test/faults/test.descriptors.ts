import assert from 'node:assert/strict';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { pattern, Peer } from '../contract/peers.js';
import { closed as serverClosed, listening } from '../helpers/hosts/host.js';
import { until } from '../helpers/wait.js';
import { Child } from './child.js';
import { closed, times } from './rig.js';

const FILES = 70;
const MANY = 60;
const ASKED = 2_000;

interface ITold {
  readonly full: boolean;
  readonly page: number;
  readonly broken: readonly unknown[];
  readonly routes: readonly {
    readonly name: string;
    readonly total: number;
    readonly active: number;
    readonly closed: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly backendConnectErrors: number | null;
  }[];
}

interface IClient {
  readonly socket: net.Socket;
  readonly peer: Peer;
}

function ask(port: number): IClient {
  const socket = net.connect(port, '127.0.0.1');
  const peer = new Peer();
  peer.watch(socket);
  socket.write(pattern(0, ASKED));
  return { socket, peer };
}

const isServed = ({ peer }: IClient): boolean => peer.bytes === ASKED;
const isOver = (client: IClient): boolean => isServed(client) || client.socket.closed;

async function end(clients: readonly IClient[]): Promise<void> {
  for (const { socket } of clients) socket.end();
  await Promise.all(clients.map(({ socket }) => closed(socket)));
}

/** Uses up what one process may open, then gives it back; what each client saw, and the figures at both times. */
async function play(mode: string): Promise<{ seen: unknown; figures: readonly ITold[] }> {
  const backend = net.createServer((socket) => void socket.on('error', () => undefined).pipe(socket));
  const child = new Child('./fewfiles.ts', [mode, String(await listening(backend))], ['prlimit', `--nofile=${FILES}`]);
  const told = async (what: string): Promise<ITold> => {
    child.tell('figures');
    return child.next<ITold>(what);
  };
  try {
    const [echo = 0, forward = 0] = await child.next<number[]>('its ports');
    // Those who came before go on.
    const early = ask(echo);
    await until(() => isServed(early), 'the first to be served');
    const crowd = times(MANY, () => ask(echo));
    await until(() => crowd.every(isOver), 'each of the crowd to be served or turned away');
    const late = times(5, () => ask(forward));
    await until(() => late.every(isOver), 'each of the late ones to be served or turned away');
    early.socket.write(pattern(ASKED, ASKED));
    await until(() => early.peer.bytes === 2 * ASKED, 'the first to be served again');
    const under = await told('figures in want of files');
    // Whole or nothing; and most of them, since the files suffice for many.
    for (const client of [...crowd, ...late]) assert.ok(isServed(client) || client.peer.bytes === 0);
    const served = crowd.filter(isServed).length;
    await end([early, ...crowd, ...late]);
    const after = times(10, (index) => ask(index % 2 === 0 ? echo : forward));
    await until(() => after.every(isOver), 'those who come when there is room again');
    await end(after);
    await until(async () => (await told('its figures')).routes.every(({ active }) => active === 0), 'all to end');
    const figures = [under, await told('figures at the end')];
    const alive = !child.ended;
    return {
      seen: {
        alive,
        errors: child.stderr,
        served: served > FILES / 3 && served < MANY,
        late: late.filter(isServed).length,
        early: early.peer.transcript(false),
        after: after.map(({ peer }) => peer.transcript(false)),
      },
      figures,
    };
  } finally {
    child.kill();
    await serverClosed(backend);
  }
}

tap.test(
  'no file descriptors left: those who are served go on, later ones are turned away, then it is well again',
  async () => {
    const bare = await play('bare');
    const wrapped = await play('wrapped');
    assert.deepEqual(wrapped.seen, bare.seen);
    const [under, end] = wrapped.figures;
    assert.ok(under !== undefined && end !== undefined);
    assert.equal(under.full, true, 'there was nothing left to open');
    for (const { page, broken } of [under, end]) {
      assert.deepEqual(broken, []);
      assert.ok(page > 1_000, 'a page can be rendered without any file');
    }
    assert.equal(end.full, false);
    for (const route of end.routes) {
      assert.deepEqual([route.active, route.total], [0, route.closed]);
      assert.equal(route.bytesOut % ASKED, 0);
    }
    console.log(`# ${JSON.stringify([bare.seen, under.routes, end.routes])}`);
  },
);

export default tap.start({ throwOnError: true });
