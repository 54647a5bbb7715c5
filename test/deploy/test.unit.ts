import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DEFAULT_DRAIN_MS } from '../../ts/cli/defaults.js';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const text = read('deploy/routemeter.service');

/** The values of each directive, in their order, by `Section.Name`. */
function directivesOf(unit: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let section = '';
  for (const line of unit.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[(\w+)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      section = header;
      continue;
    }
    const [, name, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? assert.fail(`not understood: ${line}`);
    const key = `${section}.${name}`;
    found.set(key, [...(found.get(key) ?? []), value]);
  }
  return found;
}

const directives = directivesOf(text);
const valueOf = (name: string): string | undefined => directives.get(`Service.${name}`)?.join(' ');

/** What shuts it in; a line that is lost, or turned off, is found. */
const HARDENING: Readonly<Record<string, string>> = {
  DynamicUser: 'yes',
  AmbientCapabilities: 'CAP_NET_BIND_SERVICE',
  CapabilityBoundingSet: 'CAP_NET_BIND_SERVICE',
  NoNewPrivileges: 'yes',
  ProtectSystem: 'strict',
  ProtectHome: 'yes',
  PrivateTmp: 'yes',
  PrivateDevices: 'yes',
  ProtectProc: 'invisible',
  ProtectClock: 'yes',
  ProtectHostname: 'yes',
  ProtectKernelLogs: 'yes',
  ProtectKernelModules: 'yes',
  ProtectKernelTunables: 'yes',
  ProtectControlGroups: 'yes',
  RestrictNamespaces: 'yes',
  RestrictRealtime: 'yes',
  RestrictSUIDSGID: 'yes',
  LockPersonality: 'yes',
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX',
  SystemCallArchitectures: 'native',
  SystemCallFilter: '@system-service ~@privileged @resources',
  // A JIT needs it so.
  MemoryDenyWriteExecute: 'no',
};

tap.test('the service is shut in', async () => {
  assert.deepEqual(Object.fromEntries(Object.keys(HARDENING).map((name) => [name, valueOf(name)])), HARDENING);
  assert.match(text, /^# Must stay off: V8 .*\nMemoryDenyWriteExecute=no$/m);
});

tap.test('it starts, reloads and stops as the command does', async () => {
  assert.match(valueOf('ExecStart') ?? '', /^\/\S+\/routemeter start --config \/\S+$/);
  assert.equal(valueOf('ExecReload'), '/bin/kill -HUP $MAINPID');
  assert.equal(valueOf('Restart'), 'on-failure');
  // What the command ends with where the configuration is wrong.
  assert.equal(valueOf('RestartPreventExitStatus'), '2');
  assert.ok(
    Number(valueOf('TimeoutStopSec')) * 1000 >= 2 * DEFAULT_DRAIN_MS,
    'connections are cut off while they drain',
  );
  assert.deepEqual(directives.get('Install.WantedBy'), ['multi-user.target']);
});

tap.test('the token that is handed over is the one that the configuration is told to read', async () => {
  const [name = '', source] = (valueOf('LoadCredential') ?? '').split(':');
  assert.equal(source, `/etc/routemeter/${name}`);
  assert.ok(text.includes(`"tokenFile": "/run/credentials/routemeter.service/${name}"`));
  assert.ok(text.includes(`/dev/stdin ${source}`), 'how the token is made');
});

export default tap.start({ throwOnError: true });
