import { cut } from './text.js';

const KEYS: readonly (readonly [keys: string, effect: string])[] = [
  ['q, Ctrl-C', 'quit'],
  ['d, Tab', 'routes, DNS, or both'],
  ['s >, <', 'sort by next, previous column'],
  ['r', 'reverse the order'],
  ['/, Esc', 'names with a text, all names'],
  ['↓ j, ↑ k', 'scroll by a row'],
  ['PgDn, PgUp', 'scroll by a page; Home, End'],
  ['p, Space', 'pause, go on'],
  ['h, ?', 'this help; any key leaves it'],
];

const NOTES: readonly string[] = [
  '',
  '—           not measured, which is not 0',
  'per second  mean of the last 10 complete seconds',
  'in, out     bytes from and to clients, headers of TCP and IP not counted',
  '4 – 9       a bounded list knows a count only so well',
  'Ctrl-Z      stops the program; fg goes on',
];

export const helpLines = (width: number): readonly string[] =>
  [...KEYS.map(([keys, effect]) => `${keys.padEnd(12)}${effect}`), ...NOTES].map((line) => cut(line, width));
