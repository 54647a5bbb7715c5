import path from 'node:path';
import fc from 'fast-check';
import { ProjectCopy } from './classes.projectcopy.js';
import { readCalled } from './coverage.js';
import type { ICalled } from './coverage.js';
import { NOT_RUN } from './folders.js';
import { mutantsOf, mutated } from './operators.js';
import type { IMutant } from './operators.js';

export interface IMutationOptions {
  readonly project: string;
  /** Of ts/. */
  readonly folder: string;
  /** Parts of the paths of the tests that may notice. */
  readonly tests: readonly string[];
  readonly sample: number;
  readonly seed: number;
  /** No mutant is begun after so many seconds. */
  readonly budgetSeconds: number;
  /** Only mutants whose `file:line` contains one of these; none: all. */
  readonly only?: readonly string[] | undefined;
  readonly tell?: ((line: string) => void) | undefined;
}

export interface IVerdict {
  readonly mutant: IMutant;
  /** `timed out`: a test that ended before does not end any more, which is noticed, too. */
  readonly result: 'killed' | 'timed out' | 'survived';
  /** The test that noticed. */
  readonly by: string | null;
}

interface IBaseline {
  readonly file: string;
  readonly ms: number;
  readonly coverage: ICalled;
}

/** At least this long, and a few times what it took: a busy machine kills no mutant. */
const limitOf = (ms: number): number => Math.max(20_000, 4 * ms);

/** Tries a seeded sample of a folder's mutants, each against the tests that call what it changes, the quick ones first. */
export async function mutate(options: IMutationOptions): Promise<{ all: number; verdicts: IVerdict[] }> {
  const { project, folder, seed, budgetSeconds, only = [], tell = () => undefined } = options;
  const begun = performance.now();
  const late = (): boolean => performance.now() - begun > budgetSeconds * 1000;
  const copy = await ProjectCopy.of(project);
  try {
    const baselines = await baselinesOf(copy, options);
    tell(`${baselines.length} test files pass without mutants, ${Math.round((performance.now() - begun) / 1000)} s`);
    const all: IMutant[] = [];
    for (const file of await copy.list(`ts/${folder}`)) {
      if (file.endsWith('.ts')) all.push(...mutantsOf(file, await copy.read(file)));
    }
    const chosen = all.filter(({ file, line }) => only.length === 0 || only.some((one) => `${file}:${line}`.includes(one))); // prettier-ignore
    const size = Math.min(options.sample, chosen.length);
    const shuffled = fc.shuffledSubarray(chosen, { minLength: size, maxLength: size });
    const [sample = []] = fc.sample(shuffled, { seed, numRuns: 1 });
    const verdicts: IVerdict[] = [];
    for (const mutant of sample) {
      if (late()) break;
      verdicts.push(await tried(copy, mutant, baselines));
    }
    return { all: all.length, verdicts };
  } finally {
    copy.remove();
  }
}

/** Each test as it is without mutants. Throws where one does not pass: it would kill all of them. */
async function baselinesOf(copy: ProjectCopy, { tests }: IMutationOptions): Promise<IBaseline[]> {
  const baselines: IBaseline[] = [];
  for (const file of await copy.list('test')) {
    if (!/^test\..+\.ts$/.test(path.basename(file)) || !tests.some((part) => file.includes(part))) continue;
    if (NOT_RUN.some((name) => path.basename(file).startsWith(name))) continue;
    const folder = path.join(copy.root, 'coverage');
    const { passed, ms, output } = await copy.test(file, 120_000, { NODE_V8_COVERAGE: folder });
    if (!passed) throw new Error(`${file} does not pass without a mutant:\n${output}`);
    baselines.push({ file, ms, coverage: await readCalled(folder, copy.root) });
  }
  if (baselines.length === 0) throw new Error(`no test file's path contains ${tests.join(' or ')}`);
  return baselines.sort((a, b) => a.ms - b.ms);
}

async function tried(copy: ProjectCopy, mutant: IMutant, baselines: readonly IBaseline[]): Promise<IVerdict> {
  const { file } = mutant;
  const text = await copy.read(file);
  await copy.write(file, mutated(text, mutant));
  try {
    for (const test of concerned(mutant, baselines)) {
      const { passed, timedOut } = await copy.test(test.file, limitOf(test.ms));
      if (!passed) return { mutant, result: timedOut ? 'timed out' : 'killed', by: test.file };
    }
    return { mutant, result: 'survived', by: null };
  } finally {
    await copy.write(file, text);
  }
}

/** Tests that call the function it stands in; where V8 does not know its name, all that load the file. */
function concerned({ file, functions }: IMutant, baselines: readonly IBaseline[]): readonly IBaseline[] {
  const name = functions.find((one) => baselines.some(({ coverage }) => coverage.known.get(file)?.has(one)));
  return baselines.filter(({ coverage: { called } }) => name === undefined ? called.has(file) : called.get(file)?.has(name)); // prettier-ignore
}
