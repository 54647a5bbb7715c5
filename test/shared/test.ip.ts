import { expect, tap } from '@push.rocks/tapbundle';
import { normaliseIp, privateIp } from '../../ts/shared/ip.js';

const NORMAL: readonly (readonly [string | null | undefined, string | null])[] = [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['2001:DB8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['', null],
  [undefined, null],
  [null, null],
];

const PRIVATE: readonly (readonly [string | null, string | null])[] = [
  ['192.0.2.7', '192.0.2.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['2001:db8::1', '2001:db8::/48'],
  ['::1', '::/48'],
  ['2001:db8:0a0b::', '2001:db8:a0b::/48'],
  ['1::2:3', '1::/48'],
  ['not an address', null],
  [null, null],
];

tap.test('addresses are normalised', async () => {
  for (const [input, output] of NORMAL) expect(normaliseIp(input)).toEqual(output);
});

tap.test('privacy keeps all, a prefix, or nothing', async () => {
  for (const [input, output] of PRIVATE) {
    expect(privateIp(input, 'mask')).toEqual(output);
    expect(privateIp(input, 'full')).toEqual(input);
    expect(privateIp(input, 'none')).toEqual(null);
  }
});

export default tap.start({ throwOnError: true });
