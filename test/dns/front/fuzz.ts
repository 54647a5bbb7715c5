import * as assert from 'node:assert/strict';
import { until } from '../../helpers/wait.js';
import { Dice, packet, replies } from './grammar.js';
import { FakeUpstream, FrontBench, framed, TcpClient, UdpClient } from './support.js';

const BATCH = 250;

/**
 * Sends `count` packets that the seed decides, in batches over UDP and TCP, to a front whose upstream answers as the
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
  const bench = await FrontBench.open({ timeoutMs: 40 }, options, upstream);
  bench.checkEvery = 97;
  const client = new UdpClient(bench.udp);
  for (let sent = 0, batch = 0; sent < count; sent += BATCH, batch++) {
    const packets = Array.from({ length: Math.min(BATCH, count - sent) }, (_, id) => packet(dice, id));
    const about = `seed ${seed}, batch ${batch}`;
    if (batch % 5 === 4) await overTcp(bench, packets, about);
    else await overUdp(bench, client, packets, about);
    assert.deepEqual(thrown, [], about);
  }
  client.close();
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
