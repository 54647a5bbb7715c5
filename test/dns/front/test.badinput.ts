import * as assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { FrontBench, framed, opt, questionEnd, TcpClient, UdpClient, withOpt } from './support.js';

const [A, TXT] = [1, 16];
const good = (id: number): Buffer => message(id, [['www.example.test', A]]);

/** A question whose name is these octets. */
function named(id: number, wire: Buffer, tail = [0, A, 0, 1]): Buffer {
  const whole = Buffer.concat([message(id, []), wire, Buffer.from(tail)]);
  whole.writeUInt16BE(1, 4);
  return whole;
}

const labels = (...parts: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap((part) => {
      const octets = typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
      return [Buffer.from([octets.length]), octets];
    }),
    Buffer.from([0]),
  ]);

function changed(packet: Buffer, change: (packet: Buffer) => void): Buffer {
  const copy = Buffer.from(packet);
  change(copy);
  return copy;
}

const count =
  (at: number, value: number) =>
  (packet: Buffer): unknown =>
    packet.writeUInt16BE(value, at);
const all = Buffer.from(Array.from({ length: 63 }, (_, index) => index + 0x80));
const junk = withOpt(good(1), opt(1232, { options: Buffer.from([0, 10, 0, 99, 1, 2]) }));

/** What goes in, and what comes back: a code with the type and name as counted, or the reason of a reject. */
const CASES: readonly (readonly [what: string, packet: Buffer, expected: string])[] = [
  ['nothing', Buffer.alloc(0), 'short'],
  ['eleven octets', good(1).subarray(0, 11), 'short'],
  ['a response', changed(good(1), count(2, 0x8100)), 'response'],
  ['a response that is broken besides', changed(good(1), count(2, 0xffff)).subarray(0, 14), 'response'],
  ['a header alone', message(1, []), 'FORMERR NONE .'],
  ['a header that promises a question', changed(message(1, []), count(4, 1)), 'FORMERR NONE .'],
  ['a name cut', good(1).subarray(0, 20), 'FORMERR NONE .'],
  ['a type cut', good(1).subarray(0, -3), 'FORMERR NONE .'],
  ['two questions', message(1, [['a.test', A], ['b.test', TXT]]), 'FORMERR A a.test'],
  ['65,535 questions', changed(good(1), count(4, 65_535)), 'FORMERR A www.example.test'],
  ['an UPDATE', message(1, [['up.test', A]], 0x2800), 'NOTIMP A up.test'],
  ['a NOTIFY with nothing', message(1, [], 0x2000), 'NOTIMP NONE .'],
  ['opcode 15', changed(good(1), count(2, 0x7800)), 'NOTIMP A www.example.test'],
  ['a name that points to itself', named(1, Buffer.from([0xc0, 12])), 'FORMERR NONE .'],
  ['a name that points to its own start', named(1, Buffer.from([1, 0x61, 0xc0, 12])), 'FORMERR NONE .'],
  ['a name that points forward', named(1, Buffer.from([0xc0, 14, 1, 0x61, 0])), 'FORMERR NONE .'],
  ['a name that points into the header', named(1, Buffer.from([0xc0, 0])), 'FORMERR NONE .'],
  ['a label of the reserved kind', named(1, Buffer.from([0x40, 1, 0])), 'FORMERR NONE .'],
  ['a label of 64', named(1, labels('a'.repeat(64))), 'FORMERR NONE .'],
  ['a name of 256 octets', named(1, labels(...Array<string>(3).fill('a'.repeat(63)), 'b'.repeat(62))), 'FORMERR NONE .'],
  ['a name of 255 octets', named(1, labels(...Array<string>(3).fill('a'.repeat(63)), 'b'.repeat(61))), `NOERROR A ${`${'a'.repeat(63)}.`.repeat(3)}${'b'.repeat(61)}`],
  ['a name of 127 labels', named(1, labels(...Array<string>(127).fill('a'))), `NOERROR A ${Array<string>(127).fill('a').join('.')}`],
  ['the root', named(1, Buffer.from([0])), 'NOERROR A .'],
  ['octets that are not UTF-8', named(1, labels('bad\xff', 'test')), 'REFUSED A bad\\255.test'],
  ['UTF-8 cut by the end of a label', named(1, labels('\xc3', '\xa4')), 'REFUSED A \\195.\\164'],
  ['every octet from 128 on', named(1, labels(all, all)), /^REFUSED A (\\\d{3}){63}\.(\\\d{3}){63}$/.source],
  ['UTF-8', named(1, labels(Buffer.from('ä'), 'test')), 'NOERROR A \\195\\164.test'],
  ['a dot inside a label', named(1, labels('a.b', 'test')), 'REFUSED A a\\.b.test'],
  ['a zero octet, a space and a backslash', named(1, labels('a\0 \\b')), 'NOERROR A a\\000\\032\\\\b'],
  ['a type nobody knows', message(1, [['t.test', 65_280]]), 'NOERROR TYPE65280 t.test'],
  ['octets behind the question', Buffer.concat([good(1), Buffer.alloc(9, 7)]), 'NOERROR A www.example.test'],
  ['an answer promised and not there', changed(good(1), count(6, 1)), 'FORMERR A www.example.test'],
  ['65,535 of everything', changed(good(1), (packet) => packet.fill(255, 6, 12)), 'FORMERR A www.example.test'],
  ['EDNS', withOpt(good(1), opt(1232)), 'NOERROR A www.example.test'],
  ['EDNS of a size below 512', withOpt(good(1), opt(0)), 'NOERROR A www.example.test'],
  ['EDNS with an option nobody knows', withOpt(good(1), opt(1232, { options: Buffer.from([0xfd, 0xe9, 0, 1, 7]) })), 'NOERROR A www.example.test'],
  ['EDNS with an option longer than its room', junk, 'FORMERR A www.example.test'],
  ['EDNS with half an option', withOpt(good(1), opt(1232, { options: Buffer.from([0, 10, 0]) })), 'FORMERR A www.example.test'],
  ['EDNS twice', withOpt(withOpt(good(1), opt(1232)), opt(1232)), 'FORMERR A www.example.test'],
  ['EDNS cut', withOpt(good(1), opt(1232).subarray(0, 9)), 'FORMERR A www.example.test'],
  ['EDNS among the answers', changed(Buffer.concat([good(1), opt(1232)]), count(6, 1)), 'FORMERR A www.example.test'],
  ['EDNS of a name', withOpt(good(1), Buffer.concat([labels('a'), opt(1232).subarray(1)])), 'FORMERR A www.example.test'],
  ['EDNS version 1', withOpt(good(1), opt(1232, { version: 1 })), 'BADVERS A www.example.test'],
]; // prettier-ignore

const NUMBERS: Readonly<Record<string, number>> = { NOERROR: 0, FORMERR: 1, NOTIMP: 4, REFUSED: 5, BADVERS: 0 };
let bench: FrontBench;
let client: UdpClient;

tap.test('a front before a fake upstream', async () => {
  bench = await FrontBench.open();
  client = new UdpClient(bench.udp);
});

for (const [what, packet, expected] of CASES) {
  tap.test(`${what}: ${expected.slice(0, 40)}`, async () => {
    const before = bench.seen.answered.length;
    const rejected = bench.rejects.length;
    const asked = bench.upstream.queries.length;
    if (!expected.includes(' ')) {
      client.send(packet);
      await until(() => bench.rejects.length > rejected, 'the reject');
      assert.deepEqual(bench.rejects.at(-1), { source: 'udp', reason: expected });
      assert.equal(bench.seen.answered.length, before);
      return;
    }
    const reply = await client.ask(packet);
    const told = bench.seen.answered.at(-1);
    const text = `${told?.responseCode ?? ''} ${told?.type ?? ''} ${told?.domain ?? ''}`;
    if (expected.startsWith('^')) assert.match(text, new RegExp(expected));
    else assert.equal(text, expected);
    const code = text.split(' ')[0] ?? '';
    assert.equal(reply.readUInt16BE(2) & 0x800f, 0x8000 | (NUMBERS[code] ?? -1));
    assert.equal(reply.readUInt16BE(2) & 0x7800, packet.readUInt16BE(2) & 0x7800, 'the opcode goes back');
    assert.equal(bench.seen.answered.length, before + 1);
    assert.equal(told?.size, reply.length);
    assert.equal(bench.upstream.queries.length - asked, code === 'NOERROR' ? 1 : 0, 'only what is good is relayed');
    if (reply.readUInt16BE(4) === 0) return;
    const end = questionEnd(packet);
    assert.equal(reply.toString('hex', 12, end), packet.toString('hex', 12, end));
  });
}

tap.test('the same over TCP; a length below a header ends the connection, and is counted', async () => {
  for (const [what, packet, expected] of CASES) {
    const tcp = new TcpClient(bench.tcp);
    const rejected = bench.rejects.length;
    tcp.socket.write(framed(packet));
    if (expected.includes(' ')) {
      await tcp.reply(packet.readUInt16BE(0));
      const told = bench.seen.answered.at(-1);
      assert.equal(told?.source, 'tcp');
      assert.equal(told.responseCode, /[A-Z]+/.exec(expected)?.[0], what);
      tcp.socket.destroy();
    } else {
      await until(() => tcp.closed, `the end of the connection: ${what}`);
      assert.deepEqual(bench.rejects.slice(rejected), [{ source: 'tcp', reason: expected }]);
    }
  }
});

tap.test('what went upstream is lower case, one question, one plain OPT, and nothing else', async () => {
  const packet = withOpt(
    message(7, [['WwW.ExAmPlE.TeSt', A]], 0x01b0),
    opt(4096, { dnssec: true, options: Buffer.from([0, 10, 0, 2, 1, 2]) }),
  );
  await client.ask(packet);
  const sent = bench.upstream.queries.at(-1) ?? Buffer.alloc(0);
  const plain = withOpt(message(0, [['www.example.test', A]], 0x0110), opt(1232, { dnssec: true }));
  assert.equal(sent.subarray(2).toString('hex'), plain.subarray(2).toString('hex'));
});

tap.test('all of it was counted, and the books agreed at every event', async () => {
  await bench.settled();
  assert.ok(bench.checks > 2 * CASES.length);
  client.close();
  await bench.close();
});

export default tap.start({ throwOnError: true });
