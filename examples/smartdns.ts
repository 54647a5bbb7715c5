/** SmartDNS in handler mode: register handlers through the wrapper (or attach to a server that others register on). */
import * as dgram from 'node:dgram';
import { once } from 'node:events';
import { DnsServer } from '@push.rocks/smartdns/server';
import { dnsStats, MetricsManager } from 'routemeter';
import { MetricsAwareDns } from 'routemeter/dns';
import { key, cert } from './certificate.js';

const server = new DnsServer({
  udpPort: 15353,
  udpBindInterface: '127.0.0.1',
  httpsPort: 15443,
  httpsBindInterface: '127.0.0.1',
  httpsKey: key,
  httpsCert: cert,
  dnssecZone: 'example.test',
});
const dns = new MetricsAwareDns({ server });
const manager = new MetricsManager();
manager.observe(dns);

dns.registerHandler('www.example.test', ['A'], ({ name }) => ({
  name,
  type: 'A',
  class: 'IN',
  ttl: 60,
  data: '192.0.2.1',
}));
await dns.start();

// A query for www.example.test A, and one for a name that nobody answers.
const client = dgram.createSocket('udp4');
for (const label of ['www', 'nobody']) {
  const question = Buffer.concat(
    [label, 'example', 'test', ''].map((part) => Buffer.from([part.length, ...Buffer.from(part)])),
  );
  const header = Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  client.send(Buffer.concat([header, question, Buffer.from([0, 1, 0, 1])]), 15353, '127.0.0.1');
  await once(client, 'message');
}
client.close();

const stats = dnsStats(manager);
console.log(`${stats.getTotalQueries()} queries`, stats.getQueryTypeBreakdown());
console.log(`unanswered: ${manager.getStats().dns?.unanswered}`);
console.log(
  'top domains:',
  stats
    .getTopDomains(2)
    .map(({ domain }) => domain)
    .toSorted()
    .join(', '),
);
// Handler mode has no cache to ask: not measured is null, not 0.
console.log('cache:', stats.getCacheStats());

await dns.stop();
dns.detach();
await manager.stop();
