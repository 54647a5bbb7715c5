import * as assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tap } from '@push.rocks/tapbundle';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BINARY = `rustdns_linux_${process.arch === 'x64' ? 'amd64' : 'arm64'}`;
const MODULES = realpathSync(join(ROOT, 'node_modules'));
const INSTALLED = join(MODULES, '@push.rocks/smartdns/dist_rust');
const CACHE = join(dirname(MODULES), '.cache');

interface IResult {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** A project of its own with the script, with or without SmartDNS's binary as npm installs it, and without a mirror. */
function makeProject(withSmartDns: boolean): { root: string; binary: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'routemeter-setup-'));
  const binary = join(root, 'node_modules/@push.rocks/smartdns/dist_rust', BINARY);
  mkdirSync(join(root, 'scripts'));
  copyFileSync(join(ROOT, 'scripts/setup-smartdns.mjs'), join(root, 'scripts/setup-smartdns.mjs'));
  if (withSmartDns) install(binary);
  return { root, binary, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** What `npm ci` leaves: the real binary, and no launcher. */
function install(binary: string): void {
  rmSync(dirname(binary), { recursive: true, force: true });
  mkdirSync(dirname(binary), { recursive: true });
  const real = join(INSTALLED, existsSync(join(INSTALLED, `${BINARY}.bin`)) ? `${BINARY}.bin` : BINARY);
  copyFileSync(real, binary);
}

function run(root: string, ...args: string[]): Promise<IResult> {
  // Port 9 of loopback: no mirror can be reached through it.
  const proxy = 'http://127.0.0.1:9';
  const env = { ...process.env, http_proxy: proxy, https_proxy: proxy };
  const child = spawn(process.execPath, ['scripts/setup-smartdns.mjs', ...args], { cwd: root, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, lines: said.split('\n').filter((line) => line !== '') }));
  });
}

const isProgram = (file: string): boolean => readFileSync(file).subarray(1, 4).toString() === 'ELF';

/** Whether the server says that it is ready, as SmartDNS waits for, under the process id that signals go to. */
function starts(binary: string): Promise<boolean> {
  const child = spawn(binary, ['--management'], { stdio: ['pipe', 'pipe', 'ignore'] });
  return new Promise((resolve) => {
    let ready = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!text.includes('"ready"')) return;
      ready = /^(ld-linux|rustdns)/.test(basename(readlinkSync(`/proc/${child.pid}/exe`)));
      child.kill('SIGTERM');
    });
    child.on('close', (_code, signal) => resolve(ready && signal === 'SIGTERM'));
  });
}

// On the tests' own machine glibc may be new enough, then there is nothing for the script to do.
const { glibcVersionRuntime = '0' } = (process.report.getReport() as { header: { glibcVersionRuntime?: string } })
  .header;
const isOld = Number(glibcVersionRuntime.split('.')[1]) < 38;

tap.test('--help tells the flags; another flag is refused', async () => {
  const project = makeProject(false);
  const help = await run(project.root, '--help');
  assert.equal(help.code, 0);
  assert.match(help.lines.join('\n'), /--require/);
  const wrong = await run(project.root, '--requier');
  assert.equal(wrong.code, 2);
  assert.match(wrong.lines.join('\n'), /--requier/);
  project.remove();
});

tap.test('without SmartDNS: one line with the remedy, an error only where it is required', async () => {
  const project = makeProject(false);
  for (const [args, code] of [
    [[], 0],
    [['--require'], 1],
  ] as const) {
    const result = await run(project.root, ...args);
    assert.equal(result.code, code);
    assert.equal(result.lines.length, 1);
    assert.match(result.lines[0] ?? '', /not installed; run: npm install @push.rocks\/smartdns/);
  }
  assert.deepEqual(await run(project.root, '--quiet'), { code: 0, lines: [] });
  assert.equal((await run(project.root, '--quiet', '--require')).lines.length, 1);
  project.remove();
});

tap.test('without a mirror: one line with the remedy, nothing changed and nothing left', async () => {
  const project = makeProject(true);
  for (const [args, code] of [
    [[], 0],
    [['--require'], isOld ? 1 : 0],
  ] as const) {
    const result = await run(project.root, ...args);
    assert.equal(result.code, code);
    assert.equal(result.lines.length, 1);
    assert.match(
      result.lines[0] ?? '',
      isOld ? /needs glibc 2\.38, here is .*; remedy: .*npm run setup:smartdns/ : /nothing to do/,
    );
  }
  // npm start says itself, in its one line, that DNS is off.
  assert.deepEqual(await run(project.root, '--quiet'), { code: 0, lines: [] });
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { prestart: string } };
  assert.match(scripts.prestart, /^node scripts\/setup-smartdns\.mjs --quiet && /);
  assert.ok(isProgram(project.binary));
  assert.deepEqual(readdirSync(dirname(project.binary)), [BINARY]);
  if (existsSync(join(project.root, '.cache'))) assert.deepEqual(readdirSync(join(project.root, '.cache')), []);
  project.remove();
});

tap.test(
  'from the cache, without a network: the server starts; again after npm ci; two at once do no harm',
  async () => {
    // The tests' own set-up has filled the project's cache; this fails where it could not.
    assert.equal(spawnSync(process.execPath, [join(ROOT, 'scripts/setup-smartdns.mjs'), '--require']).status, 0);
    const project = makeProject(true);
    if (isOld) {
      mkdirSync(join(project.root, '.cache'));
      for (const name of readdirSync(CACHE).filter((entry) => entry.startsWith('glibc-'))) {
        symlinkSync(join(CACHE, name), join(project.root, '.cache', name));
      }
    }
    for (let installation = 0; installation < 2; installation++) {
      for (const result of await Promise.all([run(project.root, '--require'), run(project.root, '--require')])) {
        assert.equal(result.code, 0, result.lines.join('\n'));
        assert.equal(result.lines.length, 1);
      }
      assert.deepEqual(readdirSync(dirname(project.binary)), isOld ? [BINARY, `${BINARY}.bin`] : [BINARY]);
      assert.equal(isProgram(project.binary), !isOld);
      if (isOld) assert.ok(isProgram(`${project.binary}.bin`));
      assert.equal(await starts(project.binary), true);
      const again = await run(project.root, '--require');
      assert.match(again.lines.join('\n'), /nothing to do/);
      assert.deepEqual(await run(project.root, '--quiet'), { code: 0, lines: [] });
      install(project.binary);
    }
    // Another version of the package puts its binary over the launcher and knows nothing of the old one beside it.
    await run(project.root);
    const [installed, newer] = [isOld ? `${project.binary}.bin` : project.binary, `${project.binary}.new`];
    writeFileSync(newer, Buffer.concat([readFileSync(installed), Buffer.from('newer')]), { mode: 0o755 });
    const { size } = statSync(newer);
    renameSync(newer, project.binary);
    assert.equal((await run(project.root, '--require')).code, 0);
    assert.equal(statSync(installed).size, size);
    // Somewhere else the launcher's paths are others: it is written anew.
    await run(project.root);
    const moved = `${project.root} moved`;
    cpSync(project.root, moved, { recursive: true, verbatimSymlinks: true });
    project.remove();
    assert.equal((await run(moved, '--require')).code, 0);
    assert.equal(await starts(project.binary.replace(project.root, moved)), true);
    rmSync(moved, { recursive: true, force: true });
  },
);

export default tap.start({ throwOnError: true });
