#!/usr/bin/env node
/**
 * SmartDNS's server is a Rust binary that needs glibc 2.38. On an older Debian this fetches libc6 of a newer Debian
 * release into `.cache/` and puts a launcher in front of the binary that runs it through that loader. The system's
 * own libc is never touched. Run it again after each `npm ci`: what is in `.cache/` is used without the network.
 */
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const NEEDED = [2, 38];
/** Debian releases with an older glibc, and the next release that has what is needed. */
const NEXT_RELEASE = { bullseye: 'trixie', bookworm: 'trixie' };
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const MACHINES = {
  x64: { debian: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { debian: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};
const APT_TIMEOUT_MS = 180_000;
const ELF_MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

// The project that owns node_modules, also when it is run from a copy with a link to it: the launcher lies there.
const ROOT = path.dirname(realPath(fileURLToPath(new URL('../node_modules', import.meta.url))));
const CACHE = path.join(ROOT, '.cache');
const WORK = 'setup-smartdns-';

const HELP = `Usage: node scripts/setup-smartdns.mjs [--require | --quiet] [--help]

Makes @push.rocks/smartdns' server run on a Debian whose glibc is older than ${NEEDED.join('.')}: libc6 of the next Debian
release, fetched by apt from this machine's own mirror, goes into .cache/, and a launcher in front of the binary.
Does nothing where glibc is new enough or all is in place.

  --require   exit 1 where SmartDNS cannot be made to run (otherwise: one line, exit 0)
  --quiet     say only what was done: what runs without DNS says so itself
  --help      this text
`;

/** What cannot be done here; its message is one line with the remedy. */
class CannotError extends Error {}

const FLAGS = ['--require', '--quiet', '--help'];

async function main() {
  const given = process.argv.slice(2);
  const unknown = given.find((argument) => !FLAGS.includes(argument));
  if (unknown !== undefined) {
    console.error(`setup-smartdns: unknown argument ${unknown}; it knows ${FLAGS.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  if (given.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  const quiet = given.includes('--quiet');
  const required = given.includes('--require');
  try {
    const { changed, text } = await setUp();
    if (changed || !quiet) console.log(`setup-smartdns: ${text}`);
  } catch (error) {
    const reason = error instanceof CannotError ? error.message : oneLine(error);
    const consequence = required ? '' : ', DNS stays off';
    if (required || !quiet) console.error(`setup-smartdns: SmartDNS cannot run here${consequence}: ${reason}`);
    if (required) process.exitCode = 1;
  }
}

/** Whether anything was changed, and what there is to say. */
async function setUp() {
  if (process.platform !== 'linux') throw new CannotError('its binaries are for Linux; use a Linux machine');
  const machine = MACHINES[process.arch];
  if (machine === undefined) throw new CannotError(`it has no binary for ${process.arch}; use x64 or arm64`);
  const directory = path.join(ROOT, 'node_modules', '@push.rocks', 'smartdns', 'dist_rust');
  const binary = path.join(directory, `rustdns_linux_${machine.debian}`);
  if (!fs.existsSync(binary)) throw new CannotError('it is not installed; run: npm install @push.rocks/smartdns');

  const glibc = process.report.getReport().header.glibcVersionRuntime;
  if (glibc === undefined) {
    throw new CannotError(`it needs glibc ${NEEDED.join('.')}, and this Linux has none; use Debian 13 or Ubuntu 24.04`);
  }
  if (isEnough(glibc)) return { changed: false, text: `nothing to do, glibc ${glibc} is new enough` };

  const cached = findCached(machine);
  const libraries = cached ?? (await fetchLibraries(machine, glibc));
  const placed = placeLauncher(binary, libraries, machine);
  const folder = path.relative(ROOT, libraries);
  if (cached !== null && !placed) {
    return { changed: false, text: `nothing to do, the launcher through ${folder} is in place` };
  }
  await checkStarts(binary);
  const source = cached === null ? 'fetched' : 'cached';
  const text = `SmartDNS's server starts through the ${source} loader in ${folder} (glibc here is ${glibc})`;
  return { changed: true, text };
}

function isEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** The folder with the loader and its libraries of the newest unpacked libc6, or null. */
function findCached(machine) {
  const names = fs.existsSync(CACHE) ? fs.readdirSync(CACHE).filter((name) => name.startsWith('glibc-')) : [];
  names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  for (const name of names) {
    const found = librariesIn(path.join(CACHE, name), machine);
    if (found !== null) return found;
  }
  return null;
}

/** Debian 13 unpacks into usr/lib, older ones into lib. */
function librariesIn(unpacked, machine) {
  const candidates = ['usr/lib', 'lib'].map((folder) => path.join(unpacked, folder, machine.triplet));
  return candidates.find((folder) => fs.existsSync(path.join(folder, machine.loader))) ?? null;
}

/** Downloads and unpacks libc6 in a private folder, then moves it into place at once: a second run finds all or nothing. */
async function fetchLibraries(machine, glibc) {
  const remedy =
    'remedy: let apt reach a Debian mirror and run "npm run setup:smartdns", or use Debian 13 or Ubuntu 24.04';
  const cannot = (reason) =>
    new CannotError(`it needs glibc ${NEEDED.join('.')}, here is ${glibc}, and ${reason}; ${remedy}`);
  const current = osRelease();
  const release = current.ID === 'debian' ? NEXT_RELEASE[current.VERSION_CODENAME] : undefined;
  if (release === undefined) throw cannot(`no newer libc6 is known for ${current.PRETTY_NAME ?? 'this system'}`);
  for (const tool of ['apt-get', 'apt-config', 'dpkg-deb']) {
    if (run(tool, ['--version']).status !== 0) throw cannot(`${tool} is missing`);
  }
  if (!fs.existsSync(KEYRING)) throw cannot(`${KEYRING} is missing (package debian-archive-keyring)`);
  const mirrors = machineMirrors(current.VERSION_CODENAME);
  if (mirrors.length === 0) throw cannot(`apt's sources name no Debian mirror for ${current.VERSION_CODENAME}`);

  fs.mkdirSync(CACHE, { recursive: true });
  removeAbandoned();
  const work = fs.mkdtempSync(path.join(CACHE, WORK));
  try {
    const environment = { ...process.env, LC_ALL: 'C', APT_CONFIG: writeAptConfig(work, mirrors, release, machine) };
    const options = { cwd: work, env: environment, timeout: APT_TIMEOUT_MS };
    const updated = run('apt-get', ['-q', 'update'], options);
    if (updated.status !== 0) throw cannot(`apt could not read Debian ${release} (${aptReason(updated)})`);
    const downloaded = run('apt-get', ['-q', 'download', `libc6:${machine.debian}`], options);
    const file = fs.readdirSync(work).find((name) => name.startsWith('libc6_') && name.endsWith('.deb'));
    if (downloaded.status !== 0 || file === undefined) {
      throw cannot(`apt could not fetch libc6 of Debian ${release} (${aptReason(downloaded)})`);
    }
    const version = run('dpkg-deb', ['-f', file, 'Version'], options).stdout.trim();
    if (!isEnough(version)) throw cannot(`libc6 of Debian ${release} is ${version || 'unreadable'}`);
    const unpacked = path.join(work, 'unpacked');
    if (run('dpkg-deb', ['-x', file, unpacked], options).status !== 0 || librariesIn(unpacked, machine) === null) {
      throw cannot(`libc6 ${version} could not be unpacked into ${path.relative(ROOT, CACHE)}`);
    }
    const target = path.join(CACHE, `glibc-${version}`);
    moveInto(unpacked, target, machine);
    return librariesIn(target, machine);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** What runs that were killed have left; a run lasts minutes at most. */
function removeAbandoned() {
  for (const name of fs.readdirSync(CACHE).filter((entry) => entry.startsWith(WORK))) {
    const folder = path.join(CACHE, name);
    const age = Date.now() - (fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 3_600_000) fs.rmSync(folder, { recursive: true, force: true });
  }
}

function moveInto(unpacked, target, machine) {
  // What is there without a loader is of another machine or half deleted: of no use here.
  if (librariesIn(target, machine) === null) fs.rmSync(target, { recursive: true, force: true });
  try {
    fs.renameSync(unpacked, target);
  } catch (error) {
    // Another run was quicker with the same version.
    if (librariesIn(target, machine) === null) throw error;
  }
}

/** URIs of the machine's own archive entries for its release, as apt's sources have them. */
function machineMirrors(codename) {
  const suites = new Set([codename, 'stable', 'oldstable', 'oldoldstable']);
  const parts = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list'];
  if (fs.existsSync(parts))
    files.push(
      ...fs
        .readdirSync(parts)
        .sort()
        .map((name) => path.join(parts, name)),
    );
  for (const file of files) {
    if (!fs.existsSync(file)) continue;
    const entries = file.endsWith('.sources') ? parseDeb822(file) : file.endsWith('.list') ? parseOneLine(file) : [];
    const entry = entries.find(
      ({ uris, suites: own, components }) =>
        own.some((suite) => suites.has(suite)) && components.includes('main') && uris.length > 0,
    );
    if (entry !== undefined) return entry.uris;
  }
  return [];
}

function parseDeb822(file) {
  const stanzas = fs
    .readFileSync(file, 'utf8')
    .replace(/^#.*\n?/gm, '')
    .split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const fields = new Map();
    for (const [, name, value] of stanza.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
      fields.set(name.toLowerCase(), value.trim());
    }
    const words = (name) => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
    if (!words('types').includes('deb') || /^(no|false|0|off|without|disable)$/i.test(fields.get('enabled') ?? ''))
      return [];
    return [{ uris: words('uris').filter(isRemote), suites: words('suites'), components: words('components') }];
  });
}

function parseOneLine(file) {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
      if (match === null) return [];
      return [{ uris: [match[1]].filter(isRemote), suites: [match[2]], components: match[3].trim().split(/\s+/) }];
    });
}

/** A disc holds this release only. */
const isRemote = (uri) => !uri.startsWith('cdrom:');

/**
 * An apt configuration of its own: private folders and one source, signatures verified. Of the machine's own settings
 * only those about reaching the mirror (proxies, time-outs, dates) are kept, so that none of its hooks run.
 */
function writeAptConfig(work, mirrors, release, machine) {
  const at = (name) => path.join(work, name);
  for (const name of ['state/lists/partial', 'cache/archives/partial']) fs.mkdirSync(at(name), { recursive: true });
  fs.writeFileSync(at('status'), '');
  fs.writeFileSync(
    at('debian.sources'),
    `Types: deb\nURIs: ${mirrors.join(' ')}\nSuites: ${release}\nComponents: main\nArchitectures: ${machine.debian}\nSigned-By: ${KEYRING}\n`,
  );
  const kept = run('apt-config', ['dump']).stdout.split('\n');
  const lines = [
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    ...kept.filter((line) =>
      /^Acquire::(http|https|tor|Retries|ForceIPv4|ForceIPv6|Check-Valid-Until|Check-Date|By-Hash)\b/.test(line),
    ),
    'Acquire::Languages "none";',
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::AllowWeakRepositories "false";',
    'Acquire::AllowDowngradeToInsecureRepositories "false";',
    'APT::Get::AllowUnauthenticated "false";',
    'APT::Update::Error-Mode "any";',
    `APT::Architecture "${machine.debian}";`,
    `APT::Architectures { "${machine.debian}"; };`,
    // The user that apt would drop to cannot write into the project's folder.
    'APT::Sandbox::User "root";',
    `Dir::State "${at('state')}/";`,
    `Dir::State::status "${at('status')}";`,
    `Dir::Cache "${at('cache')}/";`,
    `Dir::Etc::main "${at('none')}";`,
    `Dir::Etc::parts "${at('none.d')}/";`,
    `Dir::Etc::preferences "${at('none')}";`,
    `Dir::Etc::preferencesparts "${at('none.d')}/";`,
    `Dir::Etc::sourcelist "${at('debian.sources')}";`,
    `Dir::Etc::sourceparts "${at('none.d')}/";`,
  ];
  // Proxy settings can hold a password.
  fs.writeFileSync(at('apt.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
  fs.mkdirSync(at('none.d'));
  return at('apt.conf');
}

/**
 * Renames the real binary to `….bin` and writes the launcher in its place. At every moment the path is either the one
 * or the other, and `.bin` is only ever made of what has been read as an ELF file, so two runs at once do no harm.
 * Returns false if all was in place.
 */
function placeLauncher(binary, libraries, machine) {
  const real = `${binary}.bin`;
  const launcher = launcherText(real, libraries, machine);
  const content = fs.readFileSync(binary);
  if (content.subarray(0, 4).equals(ELF_MAGIC)) writeAtomically(real, content);
  else if (!fs.existsSync(real)) {
    throw new CannotError(`${path.relative(ROOT, binary)} is not a program; run: npm ci`);
  } else if (content.equals(Buffer.from(launcher))) return false;
  writeAtomically(binary, launcher);
  return true;
}

function writeAtomically(file, content) {
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, content, { mode: 0o755 });
  // The mode given above is cut by the umask.
  fs.chmodSync(temporary, 0o755);
  fs.renameSync(temporary, file);
}

/** `exec` keeps the process id, so that stdin, stdout and signals are the server's own. */
function launcherText(real, libraries, machine) {
  const system = [`/lib/${machine.triplet}`, `/usr/lib/${machine.triplet}`];
  const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    '#!/bin/sh',
    '# Written by scripts/setup-smartdns.mjs: runs SmartDNS through a newer glibc than the system has.',
    `exec ${quoted(path.join(libraries, machine.loader))} --library-path ${quoted([libraries, ...system].join(':'))} ${quoted(real)} "$@"`,
    '',
  ].join('\n');
}

/** Starts the server as SmartDNS does and waits for its first word; resolves when it has ended again. */
function checkStarts(binary) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, ['--management'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    let ready = false;
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    const failed = (reason) =>
      reject(new CannotError(`its server did not start (${reason}); remove .cache and run: npm ci`));
    child.on('error', (error) => failed(oneLine(error)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
        if (ready || !/"event"\s*:\s*"ready"/.test(said)) return;
        ready = true;
        child.kill('SIGTERM');
      });
    }
    child.on('close', (code) => {
      clearTimeout(timer);
      if (ready) resolve();
      else failed(oneLine(said) || `exit code ${code}`);
    });
  });
}

function realPath(folder) {
  return fs.existsSync(folder) ? fs.realpathSync(folder) : folder;
}

function osRelease() {
  if (!fs.existsSync('/etc/os-release')) return {};
  const lines = fs.readFileSync('/etc/os-release', 'utf8').matchAll(/^([A-Z_]+)="?(.*?)"?$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  return { status: result.status, stdout: result.stdout ?? '', stderr: result.stderr ?? '', error: result.error };
}

/** apt's first own word on what went wrong. */
function aptReason({ stderr, error }) {
  const line = stderr.split('\n').find((text) => /^(E|W|Err):/.test(text)) ?? stderr;
  return oneLine(line.trim() === '' ? (error ?? 'no reason told') : line);
}

function oneLine(value) {
  const text = value instanceof Error ? value.message : String(value);
  return text.trim().replace(/\s+/g, ' ').slice(0, 200);
}

await main();
