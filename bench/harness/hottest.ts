import { readFileSync } from 'node:fs';

interface IProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface IHotFunction {
  /** Of the time in which anything ran. */
  readonly share: number;
  readonly name: string;
  /** File and line; `native` for what is no JavaScript. */
  readonly place: string;
}

/** The functions of a `.cpuprofile` in which most time was spent in its last `seconds`, callees apart. */
export function hottest(file: string, seconds: number, count: number): IHotFunction[] {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as IProfile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  let all = 0;
  let left = timeDeltas.reduce((sum, delta) => sum + delta, 0) - seconds * 1e6;
  for (const [at, id] of samples.entries()) {
    left -= timeDeltas[at] ?? 0;
    if (left >= 0) continue;
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const time = timeDeltas[at] ?? 0;
    const place =
      frame.url === '' ? 'native' : `${frame.url.replace(/^.*\/(?=(ts|node_modules)\/)/, '')}:${frame.lineNumber + 1}`;
    const key = `${frame.functionName === '' ? 'anonymous' : frame.functionName}\n${place}`;
    times.set(key, (times.get(key) ?? 0) + time);
    all += time;
  }
  const sorted = [...times].toSorted(([, one], [, other]) => other - one).slice(0, count);
  return sorted.map(([key, time]) => {
    const [name = '', place = ''] = key.split('\n');
    return { share: time / all, name, place };
  });
}
