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
