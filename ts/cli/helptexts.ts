/** What stands below the options: of all commands, and of each. */

export const PROGRAM_HELP = `
Examples:
  routemeter start --demo-traffic
  routemeter check --config routemeter.jsonc
  routemeter top http://127.0.0.1:9464
  routemeter help top

Exit codes: 0 ended as asked, 1 could not start or tell, 2 wrong command line or configuration, 130 and 143 second signal.`;

export const START_HELP = `
Signals: SIGHUP reads the configuration again, SIGINT and SIGTERM let open connections end, a second one ends at once.

Examples:
  routemeter start --demo-traffic
  routemeter start --config routemeter.jsonc
  routemeter start --config routemeter.jsonc --json > addresses.json &`;

export const CHECK_HELP = `
Says in one line that it is right, or names each problem with its line, and exits 2.

Examples:
  routemeter check --config routemeter.jsonc
  routemeter check --config routemeter.jsonc && kill -HUP "$PID"`;

export const TOP_HELP = `
Environment: ROUTEMETER_TOKEN holds the bearer token, NO_COLOR leaves out colours.

Examples:
  routemeter top
  routemeter top https://router.example:9464 --ca ca.pem --token-file token
  routemeter top --once | less
  routemeter top --json | jq .proxy.activeConnections
  ROUTEMETER_TOKEN="$(cat token)" routemeter top https://router.example:9464`;
