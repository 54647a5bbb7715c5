/** Processor time, from Linux's /proc, in steps of 10 ms. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux's USER_HZ: 100 on every architecture that Node runs on. */
const MS_PER_TICK = 10;

/** Fields of /proc/PID/stat from the third on. */
function statOf(id: number | 'self'): string[] {
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
  // The second is the name, in parentheses, and may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

const ticks = (fields: readonly string[], ...places: number[]): number =>
  places.reduce((sum, place) => sum + Number(fields[place - 3]) * MS_PER_TICK, 0);

/** User and system time of the process and all below it. */
export function treeMs(id: number): number {
  const children = readdirSync(`/proc/${id}/task`).flatMap((task) =>
    readFileSync(`/proc/${id}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return children.reduce((sum, child) => sum + treeMs(child), ticks(statOf(id), 14, 15));
}

/** Of this process, and of those of its children that have ended. */
export const ownMs = (): number => ticks(statOf('self'), 14, 15, 16, 17);

/** Of all processors together, whoever had it. */
export function machineMs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [, user, nice, system, , , irq, softirq, steal] = line.split(/\s+/).map(Number);
  return [user, nice, system, irq, softirq, steal].reduce<number>((sum, one) => sum + (one ?? 0) * MS_PER_TICK, 0);
}
