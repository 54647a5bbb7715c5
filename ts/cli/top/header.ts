import type { TFigures } from '../../schema/figures.js';
import { age, byteRate, count, rate, uptime } from './numbers.js';
import type { IPaint } from './paint.js';
import { cut, fit, padEnd, printable, widthOf } from './text.js';

/** How it stands with the server. */
export interface ILink {
  /** Why the last try brought no figures; `null`: it brought some. */
  readonly problem: string | null;
  /** Of the figures that are shown, in seconds. */
  readonly age: number;
}

/** A sampler passes once a second: this is no hiccup. */
const STALE_SECONDS = 5;

/** Who is shown, whether it can be believed, and its sums. */
export function headerLines(
  figures: TFigures,
  link: ILink,
  paused: boolean,
  width: number,
  paint: IPaint,
): readonly string[] {
  return [
    titleLine(figures, link, paused, width, paint),
    trustLine(figures, link, width, paint),
    cut(sums(figures, width), width),
  ];
}

function titleLine(figures: TFigures, link: ILink, paused: boolean, width: number, paint: IPaint): string {
  const [status, colour] = statusOf(link, paused, paint);
  const texts = [
    printable(figures.instance),
    `up ${uptime(figures.uptimeSeconds)}`,
    `routemeter ${printable(figures.version)}`,
  ];
  if (!Number.isFinite(width)) return texts.join('  ');
  const room = width - widthOf(status) - 2;
  if (room < 1) return colour(cut(status, width));
  return `${paint.strong(padEnd(fit(texts, room).join('  '), room))}  ${colour(status)}`;
}

function statusOf({ problem }: ILink, paused: boolean, paint: IPaint): [string, (text: string) => string] {
  if (paused) return ['paused', paint.bad];
  return problem === null ? ['connected', paint.good] : ['reconnecting', paint.bad];
}

/** Why there are no newer figures, else whether the identities hold and how old the measured figures are. */
function trustLine({ self, proxy }: TFigures, { problem, age: seconds }: ILink, width: number, paint: IPaint): string {
  const old = `figures are ${age(seconds)} old`;
  if (problem !== null) return paint.bad(fit([problem, old], width).join('  '));
  const { text, broken } = identities(self.invariants);
  const sampled = self.sampleAgeSeconds;
  const forwarded = proxy?.forwardedStaleSeconds ?? null;
  const stale = Math.max(sampled ?? 0, forwarded ?? 0) > STALE_SECONDS;
  const rest = [
    ...(seconds > STALE_SECONDS ? [old] : []),
    sampled === null ? 'not sampled yet' : `sampled ${age(sampled)} ago`,
    ...(forwarded === null ? [] : [`forwarded routes read ${age(forwarded)} ago`]),
  ];
  const [first = '', ...others] = fit([text, ...rest], width);
  const colour = broken === true ? paint.bad : broken === false ? paint.good : (same: string): string => same;
  const told = others.map((one) => `  ${one}`).join('');
  return `${colour(first)}${stale ? paint.bad(told) : told}`;
}

function identities(all: TFigures['self']['invariants']): { text: string; broken: boolean | null } {
  if (all.length === 0) return { text: 'no identities yet', broken: null };
  const broken = all.filter(({ ok }) => !ok);
  if (broken.length > 0) {
    const names = broken.map(({ name }) => printable(name)).join(', ');
    return { text: `identities BREACHED: ${names}`, broken: true };
  }
  const breaches = all.reduce((sum, { violations }) => sum + violations, 0);
  return breaches === 0
    ? { text: `all ${all.length} identities hold`, broken: false }
    : { text: `identities hold, ${count(breaches)} ${breaches === 1 ? 'breach' : 'breaches'} before`, broken: true };
}

function sums({ proxy }: TFigures, width: number): string {
  if (proxy === null) return 'no proxy is observed';
  const { rates } = proxy;
  const texts = [
    `${count(proxy.activeConnections)} open`,
    `${rate(rates.connectionsPerSecond)} conn/s`,
    `in ${byteRate(rates.bytesInPerSecond)}`,
    `out ${byteRate(rates.bytesOutPerSecond)}`,
    `${rate(rates.requestsPerSecond)} req/s`,
    `${count(proxy.totalConnections)} in all`,
  ];
  return fit(texts, width).join('  ');
}
