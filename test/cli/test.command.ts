import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { expect, tap } from '@push.rocks/tapbundle';
import { Cli } from '../helpers/cli.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

tap.test('--help and --version go to stdout and exit 0', async () => {
  const help = new Cli(['--help']);
  expect(await help.ended).toEqual(0);
  expect(help.stdout).toMatch(/Usage: routemeter/);
  expect(help.stdout).toMatch(/ {2}start /);
  expect(help.stdout).toMatch(/ {2}check /);
  expect(help.stdout).toMatch(/ {2}top /);
  expect(help.stdout).toMatch(/Exit codes:/);
  expect(help.stderr).toEqual('');
  const told = new Cli(['--version']);
  expect(await told.ended).toEqual(0);
  expect(told.stdout).toEqual(`${version}\n`);
});

const helpOf = async (...args: string[]): Promise<string> => {
  const help = new Cli([...args, '--help']);
  assert.deepEqual([await help.ended, help.stderr], [0, '']);
  for (const line of help.stdout.split('\n')) assert.ok(line.length <= 125, line);
  return help.stdout;
};

tap.test('the help of each command has examples, with options that it knows', async () => {
  const all = await helpOf();
  for (const name of ['start', 'check', 'top']) {
    assert.ok(all.includes(`\n  ${name} [options]`) && all.includes(`\n  routemeter ${name} `), all);
    const [options = '', examples = ''] = (await helpOf(name)).split('\nExamples:\n', 2);
    const commands = [...examples.matchAll(/^.*\broutemeter (\w+)(.*)$/gm)];
    assert.ok(commands.length > 1, examples);
    for (const [line, command, rest = ''] of commands) {
      assert.equal(command, name, line);
      for (const [option] of rest.matchAll(/--[\w-]+/g)) assert.ok(options.includes(` ${option} `), line);
    }
  }
});

const WRONG: readonly (readonly [args: string[], error: RegExp])[] = [
  [['strat'], /unknown command 'strat'\n\(Did you mean start\?\)/],
  [['start', '--confg', 'x'], /unknown option '--confg'\n\(Did you mean --config\?\)/],
  [['start', '--config'], /'-c, --config <file>' argument missing/],
  [['check'], /required option '-c, --config <file>' not specified/],
  [['start', 'now'], /too many arguments/],
  [['start', '--demo-traffic', '--config', 'x.json'], /'--demo-traffic' is for the built-in set-up/],
];

tap.test('a wrong command line is one error on stderr and exit code 2', async () => {
  for (const [args, error] of WRONG) {
    const cli = new Cli(args);
    expect(await cli.ended).toEqual(2);
    expect(cli.stderr).toMatch(error);
    expect(cli.lines.filter((line) => line.startsWith('error:')).length).toEqual(1);
    expect(cli.stderr).not.toMatch(/\n\s+at /);
    expect(cli.stdout).toEqual('');
  }
});

export default tap.start({ throwOnError: true });
