import type { tap } from '@push.rocks/tapbundle';
import type { ITestHost } from '../helpers/hosts/host.js';
import { lives } from './lives.js';
import { runLife } from './runlife.js';

/** One test for each row of the table. A row that makes no sense on this host says why in its title. */
export function contract(into: typeof tap, host: ITestHost): void {
  for (const life of lives) {
    const reason = life.impossible?.(host);
    if (reason === undefined) into.test(`${host.name} × ${life.name}`, () => runLife(host, life));
    else console.log(`# ${host.name} × ${life.name}: makes no sense there, because ${reason}`);
  }
}
