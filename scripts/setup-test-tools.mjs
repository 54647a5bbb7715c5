/** Installs the programs that the tests run, where it may; otherwise says exactly what is missing. Idempotent. */
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `usage: node scripts/setup-test-tools.mjs

Makes sure that the programs the tests run are there. As root on Debian it installs the missing ones
with apt-get, starting no service; elsewhere it names them and the command that installs them.`;

/** Debian package → the commands that it brings. */
const PACKAGES = {
  prometheus: ['prometheus', 'promtool'],
  dnsutils: ['dig'],
  dnsperf: ['dnsperf'],
  'knot-dnsutils': ['kdig'],
  wrk: ['wrk'],
  curl: ['curl'],
  openssl: ['openssl'],
  chromium: ['chromium'],
  tmux: ['tmux'],
};
const APT_OPTIONS = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3'];

function onPath(command) {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const missingPackages = () => Object.keys(PACKAGES).filter((name) => !PACKAGES[name].every(onPath));

function isDebian() {
  if (!existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*\bdebian\b/m.test(readFileSync('/etc/os-release', 'utf8')) && onPath('apt-get');
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Its whole output goes to stderr: a set-up step has nothing to say on stdout but its one line.
  const { status, error } = spawnSync('apt-get', [...APT_OPTIONS, ...args], { env, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed (${error?.message ?? `exit ${status}`})`);
}

/** Debian starts a service when its package is installed, unless this policy says no. */
function withoutStartingServices(work) {
  const policy = '/usr/sbin/policy-rc.d';
  const kept = `${policy}.routemeter-kept`;
  // Where an earlier run was killed, the kept file is the machine's own policy.
  if (existsSync(policy) && !existsSync(kept)) renameSync(policy, kept);
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
  // With a listener an interrupt ends apt-get, not this process before it has given the policy back.
  const stay = () => {};
  process.on('SIGINT', stay).on('SIGTERM', stay);
  try {
    work();
  } finally {
    if (existsSync(kept)) renameSync(kept, policy);
    else rmSync(policy, { force: true });
    process.off('SIGINT', stay).off('SIGTERM', stay);
  }
}

/** Returns the exit code. */
function main() {
  let missing = missingPackages();
  if (missing.length > 0 && isDebian() && process.getuid?.() === 0) {
    console.log(`test tools: installing ${missing.join(' ')}`);
    try {
      withoutStartingServices(() => {
        apt('update', '-qq');
        apt('install', '-y', '-qq', '--no-install-recommends', ...missing);
      });
    } catch (error) {
      console.error(`test tools: ${error.message}`);
    }
    missing = missingPackages();
  }
  if (missing.length === 0) {
    console.log('test tools: all there');
    return 0;
  }
  const lines = missing.map((name) => `  ${PACKAGES[name].filter((command) => !onPath(command)).join(', ')} (${name})`);
  console.error(
    `test tools: missing, by Debian package:\n${lines.join('\n')}\n` +
      `on Debian they are installed by: apt-get update && apt-get install --no-install-recommends ${missing.join(' ')}`,
  );
  return 1;
}

try {
  if (parseArgs({ options: { help: { type: 'boolean' } } }).values.help) console.log(USAGE);
  else process.exitCode = main();
} catch (error) {
  if (!error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`setup-test-tools: ${error.message}\n\n${USAGE}`);
  process.exitCode = 1;
}
