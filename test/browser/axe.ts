import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Loads axe-core into the page: by the debugger's way, which no Content-Security-Policy stands in. */
export async function loadAxe(page: Page): Promise<void> {
  await page.evaluate(SOURCE);
}

/** Serious and critical violations of WCAG and of good practice, each with the elements it is about. */
export async function violations(page: Page): Promise<string[]> {
  const results = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: (options: RunOptions) => Promise<AxeResults> } };
    const { violations: found, passes } = await axe.run({ resultTypes: ['violations'] });
    return {
      passed: passes.length,
      found: found.map(({ id, impact, help, nodes }) => ({
        ...{ id, impact, help },
        nodes: nodes.map(({ target, failureSummary }) => `${JSON.stringify(target)} ${failureSummary ?? ''}`),
      })),
    };
  });
  if (results.passed < 10) throw new Error(`axe-core looked at next to nothing: ${results.passed} rules passed`);
  return results.found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, help, nodes }) => `${id} (${impact}): ${help}\n  ${nodes.slice(0, 3).join('\n  ')}`);
}
