import * as assert from 'node:assert/strict';
import { makeCertificate } from '../../helpers/certificate.js';
import { until } from '../../helpers/wait.js';
import { get, http1Client, http2Client, type IDohClient, post } from './dohclient.js';
import { Dice, packet, replies } from './grammar.js';
import { FakeUpstream, FrontBench, framed, LOOPBACK, TcpClient, UdpClient } from './support.js';

const BATCH = 250;

/** Requests that are under way together, of those that one connection may have. */
const TOGETHER = 50;
const certificate = makeCertificate('localhost');

/**
 * Sends `count` packets that the seed decides, in batches over UDP, TCP and HTTPS, to a front whose upstream answers as the
 * seed decides. Fails where one is not counted, stays in flight, gets a reply that is none, or anything throws.
 */
export async function fuzz(seed: number, count: number, options: object): Promise<void> {
  const dice = new Dice(seed);
  const upstream = new FakeUpstream((query, from, itself) => {
    for (const reply of replies(dice, query)) itself.send(reply, from);
    itself.queries.length = 0;
  });
  const thrown: unknown[] = [];
  const onThrown = (error: unknown): void => void thrown.push(error);
  process.on('uncaughtException', onThrown);
  const doh = [{ host: LOOPBACK, port: 0, ...certificate }];
  const bench = await FrontBench.open({ timeoutMs: 40, doh }, options, upstream);
  bench.checkEvery = 97;
  const client = new UdpClient(bench.udp);
  const port = bench.dns.addresses.doh[0]?.port ?? 0;
  const [https1, https2] = [http1Client(port, true), http2Client(port, true)];
  for (let sent = 0, batch = 0; sent < count; sent += BATCH, batch++) {
    const packets = Array.from({ length: Math.min(BATCH, count - sent) }, (_, id) => packet(dice, id));
    const about = `seed ${seed}, batch ${batch}`;
    if (batch % 5 === 4) await overTcp(bench, packets, about);
    else if (batch % 5 === 2) await overHttps(bench, batch % 10 === 2 ? https2 : https1, dice, packets, about);
    else await overUdp(bench, client, packets, about);
    assert.deepEqual(thrown, [], about);
  }
  client.close();
  await Promise.all([https1.close(), https2.close()]);
  process.off('uncaughtException', onThrown);
  await bench.settled();
  await bench.close();
}

const ended = (bench: FrontBench): number => bench.seen.answered.length + bench.drops.length;
const rejected = (bench: FrontBench): number =>
  bench.rejects.reduce((sum, { reason }) => sum + (reason === 'stray-reply' ? 0 : 1), 0);

async function overUdp(bench: FrontBench, client: UdpClient, packets: readonly Buffer[], about: string): Promise<void> {
  const before = { ended: ended(bench), rejected: rejected(bench), answered: bench.seen.answered.length };
  for (const octets of packets) client.send(octets);
  const all = (): boolean => ended(bench) - before.ended + rejected(bench) - before.rejected === packets.length;
  await until(all, `every packet to be counted: ${about}`);
  const answered = bench.seen.answered.length - before.answered;
  await until(() => client.replies.length === answered, `every answer: ${about}`);
  for (const reply of client.replies.splice(0)) checkReply(reply, packets[reply.readUInt16BE(0)], about);
  assert.equal(bench.dns.activeCount(), 0, about);
}

/** Each connection ends at the first packet that has no answer; the rest goes by the next one. */
async function overTcp(bench: FrontBench, packets: readonly Buffer[], about: string): Promise<void> {
  for (let at = 0; at < packets.length; at += 25) {
    const client = new TcpClient(bench.tcp, true);
    client.socket.end(framed(...packets.slice(at, at + 25)));
    await until(() => client.closed, `the end of the connection: ${about}`);
    for (const reply of client.frames) checkReply(reply, packets[reply.readUInt16BE(0)], about);
  }
  await until(() => bench.dns.activeCount() === 0, `none in flight: ${about}`);
}

/** By GET and POST, some parameters damaged: each has one end and one status. */
async function overHttps(
  bench: FrontBench,
  client: IDohClient,
  dice: Dice,
  packets: readonly Buffer[],
  about: string,
): Promise<void> {
  const before = { ended: ended(bench), rejected: rejected(bench) };
  const statuses: number[] = [];
  const one = async (octets: Buffer): Promise<void> => {
    const asGet = octets.length > 0 && dice.chance(2);
    const damaged = asGet && dice.chance(10);
    const path = damaged ? damage(dice, get(octets).path ?? '') : get(octets).path;
    const { status, body } = await client.request(asGet ? { path: path ?? '' } : post(octets));
    statuses.push(status);
    if (status === 200 && !damaged) checkReply(body, octets, about);
    else assert.ok([200, 400, 404].includes(status), `${about}: ${status} for ${path ?? octets.toString('hex')}`);
  };
  for (let at = 0; at < packets.length; at += TOGETHER) {
    await Promise.all(packets.slice(at, at + TOGETHER).map((octets) => one(octets)));
  }
  await until(() => bench.dns.activeCount() === 0, `none in flight: ${about}`);
  const answers = statuses.filter((status) => status === 200).length;
  assert.equal(ended(bench) - before.ended, answers, about);
  assert.equal(rejected(bench) - before.rejected, packets.length - answers, about);
}

/** Another character somewhere, of those that a request line may have, or an end before the end. */
function damage(dice: Dice, path: string): string {
  const at = 1 + dice.roll(path.length - 1);
  return dice.chance(3) ? path.slice(0, at) : path.slice(0, at) + dice.pick([...'%=+/&?#.~AZ_-']) + path.slice(at + 1);
}

function checkReply(reply: Buffer, asked: Buffer | undefined, about: string): void {
  assert.ok(
    asked !== undefined && asked.length >= 12,
    `an answer to nothing: ${about}: ${reply.toString('hex')}; asked ${asked?.toString('hex') ?? 'nothing'}`,
  );
  const text = `${about}: ${asked.toString('hex')} → ${reply.toString('hex')}`;
  assert.equal(reply.readUInt16BE(2) & 0x8000, 0x8000, text);
  assert.equal(reply.readUInt16BE(2) & 0x7800, asked.readUInt16BE(2) & 0x7800, text);
  if (reply.readUInt16BE(4) === 0) return;
  let end = 12;
  while ((reply[end] ?? 0) !== 0) end += (reply[end] ?? 0) + 1;
  assert.equal(reply.toString('hex', 12, end + 5), asked.toString('hex', 12, end + 5), text);
}
