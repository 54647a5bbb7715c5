#!/usr/bin/env node
import { VERSION } from '../shared/version.js';
import { ConfigError, EXIT_FAILED, EXIT_USAGE, messageOf } from './errors.js';
import { CHECK_HELP, PROGRAM_HELP, START_HELP, TOP_HELP } from './helptexts.js';
import { warn } from './output.js';
import { commander } from './plugins.js';
import { parseInterval, parseUrl } from './top/arguments.js';
import type { ITopOptions } from './top/top.js';

const OPS_URL = 'http://127.0.0.1:9464';
const FILE = 'configuration file: JSON, with // and /* */ comments if you like';

/** Commands load what they need when they run, so that `--help` is quick. */
function program(): commander.Command {
  const command = new commander.Command('routemeter')
    .description('Runs a router (proxy and DNS) and shows what passes through it.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(routemeter --help tells more)')
    .addHelpText('after', PROGRAM_HELP);
  command
    .command('start')
    .description('run the proxy, the DNS server and the ops server; without --config a built-in set-up on loopback')
    .option('-c, --config <file>', FILE)
    .option('--demo-traffic', 'send real traffic to the built-in set-up, so that the figures move')
    .option('--json', 'print the addresses as one line of JSON, once everything listens')
    .addHelpText('after', START_HELP)
    .action(async (options: { config?: string; demoTraffic?: boolean; json?: boolean }) => {
      if (options.config !== undefined && options.demoTraffic === true) {
        command.error("error: option '--demo-traffic' is for the built-in set-up and goes without '--config <file>'");
      }
      const { start } = await import('./start.js');
      await start(options);
    });
  command
    .command('check')
    .description('check a configuration and open nothing')
    .requiredOption('-c, --config <file>', FILE)
    .addHelpText('after', CHECK_HELP)
    .action(async ({ config }: { config: string }) => {
      const { check } = await import('./check.js');
      check(config);
    });
  command
    .command('top')
    .description('watch the figures of a running routemeter in the terminal; h shows the keys')
    .addArgument(
      new commander.Argument('[url]', 'address of its ops server')
        .argParser(parseUrl)
        .default(parseUrl(OPS_URL), OPS_URL),
    )
    .option('--once', 'print one plain table and end; so does a run without a terminal')
    .option('--json', 'print all stats as one line of JSON and end')
    .addOption(
      new commander.Option('--interval <seconds>', 'time between two reads')
        .argParser(parseInterval)
        .default(1000, '1'),
    )
    .option('--token-file <file>', 'file that holds the bearer token, in place of ROUTEMETER_TOKEN')
    .option('--ca <file>', 'certificates (PEM) that an https server is checked against, in place of the known ones')
    .addHelpText('after', TOP_HELP)
    .action(async (url: URL, options: ITopOptions) => {
      const { top } = await import('./top/top.js');
      await top(url, options);
    });
  return command;
}

async function main(): Promise<number> {
  try {
    await program().parseAsync();
    return 0;
  } catch (error) {
    // Commander has told its own.
    if (error instanceof commander.CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    for (const line of error instanceof ConfigError ? error.problems : [messageOf(error)]) warn(line);
    return error instanceof ConfigError ? EXIT_USAGE : EXIT_FAILED;
  }
}

// `routemeter start | head` ends the reader, not the router.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// Not left to the end of all handles: SmartDNS may hold one for 10 s after it has failed.
process.exit(await main());
