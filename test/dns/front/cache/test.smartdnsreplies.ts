import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { AnswerCache } from '../../../../ts/dns/front/cache/classes.answercache.js';
import type { ICacheQuestion } from '../../../../ts/dns/front/cache/question.js';
import { questionName } from '../../../../ts/dns/front/cache/reply.js';
import type { ITestDns } from '../../../helpers/smartdns.js';
import { exchange, makeSmartDns } from '../../../helpers/smartdns.js';
import { message, question, TYPES } from './message.js';

// Replies of the real SmartDNS, as the front receives them.

let dns: ITestDns;
const handlerSaw: string[] = [];

tap.test('a SmartDNS is there', async () => {
  dns = await makeSmartDns('example.test');
  const answer = (name: string, data: string) => ({ name, type: 'A', class: 'IN', ttl: 60, data });
  dns.server.registerHandler('*', ['A'], ({ name }) => {
    handlerSaw.push(name);
    return name.startsWith('no.') ? null : answer(name, '192.0.2.1');
  });
  dns.server.registerHandler('throws.example.test', ['A'], () => {
    throw new Error('the handler’s bug');
  });
  await dns.server.start();
});

const OPT = { name: [0], type: TYPES.OPT, class: 1232, ttl: 0x8000, data: [] };
let lastId = 0;

/** The reply to it, and the seconds for which it is kept. */
async function ask(name: string | number[], asked: ICacheQuestion): Promise<{ reply: Buffer; seconds: number }> {
  const additionals = asked.edns ? [OPT] : [];
  const reply = await exchange(
    dns.port,
    message({ id: ++lastId, flags: 0x0100, name, type: asked.type, answers: [], additionals }),
  );
  let seconds = 0;
  for (const maxTtl of [1, 29, 30, 31, 59, 60, 61]) {
    const cache = new AnswerCache({ maxTtl });
    cache.store(asked, reply, cache.generation, 0);
    if (cache.lookup(asked, maxTtl * 1000 - 1) !== null) seconds = maxTtl;
  }
  return { reply, seconds };
}

tap.test('answers are kept as long as they say, and a no for negativeTtl', async () => {
  assert.equal((await ask('www.example.test', question('www.example.test'))).seconds, 60);
  assert.equal((await ask('no.example.test', question('no.example.test'))).seconds, 30);
  const text = question('www.example.test', { type: TYPES.TXT });
  assert.equal((await ask('www.example.test', text)).seconds, 30);
  // Its reply is a no like any other.
  assert.equal((await ask('throws.example.test', question('throws.example.test'))).seconds, 30);
});

tap.test('signed answers are kept', async () => {
  const asked = question('www.example.test', { do: true, edns: true });
  const { reply, seconds } = await ask('www.example.test', asked);
  assert.ok(reply.readUInt16BE(6) >= 2, 'with a signature');
  assert.equal(seconds, 60);
});

tap.test('names are read from replies as handlers see them', async () => {
  for (const name of ['www.example.test', 'bücher.example.test', 'x', `${'a23456789.'.repeat(24)}test`]) {
    const { reply } = await ask(name, question(name));
    assert.equal(questionName(reply), handlerSaw.at(-1));
  }
  const { reply } = await ask([3, 0x61, 0x2e, 0x62, 1, 0x63, 0], question());
  assert.deepEqual([questionName(reply), handlerSaw.at(-1)], ['a.b.c', 'a.b.c'], 'a dot in a label');
});

tap.test('the SmartDNS goes', async () => {
  await dns.stop();
});

export default tap.start({ throwOnError: true });
