import { progress } from './progress.js';
import { seeded } from './random.js';

/**
 * By name and in the order of the rounds. In each round, counted from 1, each is visited once, in an order of its own; what the
 * `warmUps` rounds before (0, -1, …) found is not told.
 */
export async function rotate<T>(
  what: string,
  names: readonly string[],
  rounds: number,
  visit: (name: string, round: number) => Promise<T>,
  warmUps = 1,
): Promise<Map<string, T[]>> {
  const random = seeded(2);
  const visits = new Map<string, T[]>(names.map((name) => [name, []]));
  for (let round = 1 - warmUps; round <= rounds; round++) {
    const order = names.map((name) => ({ name, at: random() })).toSorted((one, other) => one.at - other.at);
    for (const { name } of order) {
      progress(`${what}: ${round <= 0 ? 'warming up' : `round ${round} of ${rounds}`}, ${name}`);
      const visited = await visit(name, round);
      if (round > 0) visits.get(name)?.push(visited);
    }
  }
  progress('');
  return visits;
}
