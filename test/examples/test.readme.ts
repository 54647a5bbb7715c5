import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import ts from 'typescript';
import { addressesOf } from '../../ts/cli/addresses.js';
import { BUILT_IN_PORTS, openBuiltIn } from '../../ts/cli/builtin.js';
import { REQUESTS_PER_SECOND } from '../../ts/cli/classes.demotraffic.js';
import type { RunningRouter } from '../../ts/cli/classes.runningrouter.js';
import { greeting } from '../../ts/cli/greeting.js';
import { observeRouter } from '../../ts/dcrouter/index.js';
import { MetricsAwareDns } from '../../ts/dns/index.js';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import { OpsServer, statsSchema } from '../../ts/ops/index.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { CLOSE_REASONS, RESERVED_ROUTES } from '../../ts/shared/labels.js';
import { anchorsOf, blocksOf, codesOf, linksOf, proseOf, tableOf, type IBlock } from './markdown.js';
import { fieldsOfEvents, missingFrom, typeErrors } from './source.js';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = path.join(PROJECT, 'dist_ts/cli/index.js');
/** What SmartDNS itself prints. */
const SMARTDNS_LINE = /^\[rustdns\]|^DNS server started/;

interface IManifest {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const read = (file: string): string => readFileSync(path.join(PROJECT, file), 'utf8');
const readme = read('readme.md');
const manifest = JSON.parse(read('package.json')) as IManifest;
const blocks = blocksOf(readme);

/** The blocks of one language; a readme that has none of them proves nothing. */
function blocksIn(language: string): readonly IBlock[] {
  const found = blocks.filter((block) => block.language === language);
  assert.ok(found.length > 0, `readme.md has no block of ${language}`);
  return found;
}

async function run(command: string, args: readonly string[], cwd = PROJECT) {
  return promisify(execFile)(command, args, { cwd, timeout: 30_000 });
}

/** In the project, so that `routemeter` is the built package, as for its users, and tsconfig.json is found. */
mkdirSync(path.join(PROJECT, '.cache'), { recursive: true });
const folder = mkdtempSync(path.join(PROJECT, '.cache/readme-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const programs = blocksIn('ts').map((block) => {
  const file = path.join(folder, `line${block.line}.ts`);
  writeFileSync(file, `${block.text}\n`);
  return { ...block, file };
});

tap.test('every kind of block is one that is checked', async () => {
  const languages = new Set(blocks.map(({ language }) => language));
  assert.deepEqual([...languages].toSorted(), ['json', 'sh', 'text', 'ts']);
});

for (const { file, line, next } of programs) {
  tap.test(`the program at line ${line} prints what stands below it, and ends by itself`, async () => {
    assert.equal(next?.language, 'text', 'what it prints must stand below it');
    const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', file]);
    const printed = stdout.split('\n').filter((text) => !SMARTDNS_LINE.test(text));
    assert.equal(printed.join('\n').trimEnd(), next?.text, stderr);
  });
}

tap.test('the programs have no type errors', async () => {
  assert.deepEqual(
    typeErrors(
      PROJECT,
      programs.map(({ file }) => file),
    ),
    [],
  );
});

tap.test('what npm start prints is what the readme shows', async () => {
  const builtIn = await openBuiltIn();
  try {
    const { dns, ops } = BUILT_IN_PORTS;
    const running = {
      config: builtIn.config,
      listeningPorts: [],
      dnsPort: dns,
      dohPort: null,
      opsUrl: `http://127.0.0.1:${ops}`,
    };
    const text = greeting({
      addresses: addressesOf(running as unknown as RunningRouter),
      configuration: 'built-in configuration',
      token: null,
      demoTraffic: `Demo traffic: about ${REQUESTS_PER_SECOND} connections and queries a second, from this process to itself.`,
    });
    assert.ok(
      blocksIn('text').some((block) => block.text === text),
      `it prints\n${text}`,
    );
  } finally {
    await builtIn.close();
  }
});

const installable = [manifest.name, ...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];

/** How each form of command is checked; a form that is not here fails. Cheap ones are run. */
const COMMANDS: readonly (readonly [form: RegExp, check: (...found: string[]) => void | Promise<void>])[] = [
  [/^npm ci && npm (start|test)$/, (script = '') => assert.ok(manifest.scripts[script])],
  [/^npm run ([\w:]+)(?: -- \S+)?$/, (script = '') => assert.ok(manifest.scripts[script], `no script ${script}`)],
  [/^npm install (\S+)$/, (name = '') => assert.ok(installable.includes(name), `${name} is no package of ours`)],
  [/^npx routemeter (check --config \S+|--help)$/, async (args = '') => void (await cli(...args.split(' ')))],
  // It would open fixed ports: its configuration is checked, and its options are those that it knows.
  [
    /^npx routemeter start --config (\S+)$/,
    async (file = '') => {
      await cli('check', '--config', file);
      assert.match(await cli('start', '--help'), /--config <file>/);
    },
  ],
  // What it shows is tested in a terminal of its own.
  [
    /^npx routemeter top(?: https:\/\/\S+)?((?: --\S+(?: [^-\s]\S*)?)*)$/,
    async (options = '') => {
      const help = await cli('top', '--help');
      for (const [option] of options.matchAll(/--\S+/g)) assert.ok(help.includes(` ${option} `), `${option}: ${help}`);
    },
  ],
];
const cli = async (...args: string[]): Promise<string> => (await run(process.execPath, [CLI, ...args])).stdout;

for (const line of new Set(blocksIn('sh').flatMap(({ text }) => text.split('\n')))) {
  tap.test(`command: ${line}`, async () => {
    for (const [form, check] of COMMANDS) {
      const found = form.exec(line);
      if (found !== null) return check(...found.slice(1));
    }
    assert.fail('no check knows this form of command');
  });
}

tap.test('configurations are right, and the sample of getStats() has its fields only', async () => {
  const [samples, configurations] = [[] as string[], [] as string[]];
  for (const { text } of blocksIn('json')) (text.includes('"schemaVersion"') ? samples : configurations).push(text);
  assert.equal(samples.length, 1);
  assert.ok(configurations.length > 0);
  for (const [index, text] of configurations.entries()) {
    const file = path.join(folder, `routemeter${index}.json`);
    writeFileSync(file, text);
    await cli('check', '--config', file);
  }
  assert.deepEqual(missingFrom(statsSchema, JSON.parse(samples[0] ?? '')), []);
});

tap.test('the error that is shown is the one that a wrong key makes', async () => {
  const wrong = blocksIn('json').find(({ text }) => !text.includes('"schemaVersion"'))?.text ?? '';
  writeFileSync(path.join(folder, 'routemeter.json'), wrong.replace('"name"', '"nmae"'));
  const told = await run(process.execPath, [CLI, 'check', '--config', 'routemeter.json'], folder).then(
    () => assert.fail('it was taken for right'),
    (error: { code: number; stderr: string }) => error,
  );
  assert.equal(told.code, 2);
  const line = told.stderr.trimEnd().replace(/^routemeter: /, '');
  assert.ok(
    blocksIn('text').some(({ text }) => text === line),
    `it says: ${line}`,
  );
});

/** Of a file that runs in browsers only. */
function namesExportedBy(file: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExportSpecifier(node)) names.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2023));
  return names.toSorted();
}

tap.test('the table of entries is what the built entries export, both ways', async () => {
  const rows = tableOf(readme, 'entry').map(([entry = '', names = '']) => [codesOf(entry)[0] ?? '', codesOf(names)]);
  const real = await Promise.all(
    Object.keys(manifest.exports)
      .filter((entry) => !entry.endsWith('.json'))
      .map(async (entry) => {
        const name = `${manifest.name}${entry.slice(1)}`;
        if (entry === './dashboard') return [name, namesExportedBy('dist_ts/ops/dashboard/routemeter-dashboard.js')];
        const { stdout } = await run(process.execPath, [
          '--input-type=module',
          '--eval',
          `console.log(JSON.stringify(Object.keys(await import('${name}'))))`,
        ]);
        return [name, (JSON.parse(stdout) as string[]).toSorted()];
      }),
  );
  assert.deepEqual(
    rows.map(([entry, names]) => [entry, (names as string[]).toSorted()]),
    real,
  );
});

tap.test('the table of events has every event and every field', async () => {
  const source = fieldsOfEvents(ts.createSourceFile('events.ts', read('ts/interfaces/events.ts'), 99, true));
  const rows = tableOf(readme, 'event').map(([event = '', fields = '']) => ({ event: codesOf(event)[0], fields }));
  assert.deepEqual(
    rows.map(({ event }) => event),
    Object.keys(new MetricsManager().getStats().self.events),
  );
  for (const { event = '', fields } of rows) {
    const named = codesOf(fields).map((field) => field.replace('?', ''));
    assert.deepEqual(
      source.get(event)?.filter((field) => !named.includes(field)),
      [],
      event,
    );
  }
});

/** What each constructor says when it is given an option that nobody has. */
const REFUSALS: Readonly<Record<string, (options: never) => unknown>> = {
  MetricsManager: (options) => new MetricsManager(options),
  MetricsAwareProxy: (options) => new MetricsAwareProxy(options),
  MetricsAwareDns: (options) => new MetricsAwareDns(options),
  PrometheusExporter: (options) => new PrometheusExporter(new MetricsManager(), options),
  OpsServer: (options) => new OpsServer(options),
  EmbeddedProxy: (options) => new EmbeddedProxy(options),
  observeRouter: (options) => observeRouter({}, options),
};

tap.test('the table of options has every option of every constructor, and no other', async () => {
  const named = new Map<string, string[]>();
  let owner = '';
  for (const [of = '', options = ''] of tableOf(readme, 'of')) {
    owner = codesOf(of)[0] ?? owner;
    named.set(owner, [...(named.get(owner) ?? []), ...codesOf(options)].toSorted());
  }
  const real = Object.entries(REFUSALS).map(([name, construct]) => {
    try {
      construct({ nobodyHasThis: 1 } as never);
    } catch (error) {
      return [name, (/ it knows (.*)$/.exec((error as Error).message)?.[1] ?? '').split(', ').toSorted()];
    }
    return [name, 'took an unknown option'];
  });
  assert.deepEqual([...named], real);
});

tap.test('closed vocabularies are those of the code', async () => {
  const first = (column: string): string[] => tableOf(readme, column).map(([cell = '']) => codesOf(cell)[0] ?? '');
  assert.deepEqual(first('reason'), [...CLOSE_REASONS]);
  assert.deepEqual(first('name').toSorted(), RESERVED_ROUTES.toSorted());
  const codes = tableOf(readme, 'exit code').flatMap(([cell = '']) => cell.split(', '));
  assert.deepEqual((await cli('--help')).match(/Exit codes:.*$/m)?.[0].match(/\d+/g), codes);
  const paths = codesOf(
    tableOf(readme, 'path')
      .map(([cell]) => cell)
      .join(' '),
  ).map((one) => one.replace('GET ', ''));
  const app = read('ts/ops/app.ts') + read('ts/ops/api/routes.ts');
  assert.deepEqual(
    [...new Set([...app.matchAll(/app\.get\('([^']+)'/g)].map(([, one]) => one))].toSorted(),
    paths.toSorted(),
  );
});

tap.test('links lead somewhere, anchors to a heading, npm scripts that are named exist', async () => {
  const links = linksOf(readme).filter((link) => !link.startsWith('https://'));
  assert.ok(links.length > 10);
  for (const link of links) {
    const [file = '', anchor] = link.split('#', 2);
    assert.ok(file === '' || existsSync(path.join(PROJECT, file)), `${link}: there is no such file`);
    if (anchor === undefined) continue;
    assert.ok(anchorsOf(file === '' ? readme : read(file)).includes(anchor), `${link}: there is no such heading`);
  }
  for (const [, script = ''] of proseOf(readme).matchAll(/`npm (?:run )?([\w:]+)`/g)) {
    assert.ok(script === 'ci' || manifest.scripts[script], `npm run ${script}: there is no such script`);
  }
});

export default tap.start({ throwOnError: true });
