import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';

const folder = fileURLToPath(new URL('../../dist_ts/ops/dashboard/', import.meta.url));
const BUNDLE = 'routemeter-dashboard.js';
const read = (name: string): Promise<string> => readFile(path.join(folder, name), 'utf8');
const names = await readdir(folder);
const bundle = await read(BUNDLE);
const ast = ts.createSourceFile(BUNDLE, bundle, ts.ScriptTarget.ES2023);

/** Calls `visit` with every node of the bundle. */
function walk(visit: (node: ts.Node) => void): void {
  const into = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, into);
  };
  into(ast);
}

tap.test('what is served is the page, its style sheet, the bundle and its declaration, in at most 120 kB', async () => {
  assert.deepEqual(names.toSorted(), ['index.html', 'page.css', 'routemeter-dashboard.d.ts', BUNDLE]);
  const sizes = await Promise.all(names.map(async (name) => gzipSync(await read(name)).length));
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= 120_000, sizes.join());
});

tap.test('the bundle stands alone and gives the element', async () => {
  const exported: string[] = [];
  walk((node) => {
    assert.ok(!ts.isImportDeclaration(node), node.getText(ast));
    if (ts.isExportSpecifier(node)) exported.push(node.name.text);
    if (ts.isCallExpression(node)) assert.notEqual(node.expression.kind, ts.SyntaxKind.ImportKeyword);
  });
  assert.deepEqual(exported, ['RoutemeterDashboard']);
});

tap.test('the bundle makes no code of text: a strict Content-Security-Policy would refuse it', async () => {
  let calls = 0;
  walk((node) => {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    calls++;
    if (ts.isIdentifier(node.expression)) expect(['eval', 'Function']).not.toContain(node.expression.text);
  });
  expect(calls).toBeGreaterThan(500);
});

tap.test('the bundle keeps the notices of what it holds', async () => {
  expect(bundle).toMatch(/SPDX-License-Identifier: BSD-3-Clause/);
  for (const name of ['lit', 'uplot']) {
    const licence = fileURLToPath(new URL(`../../node_modules/${name}/LICENSE`, import.meta.url));
    assert.ok(bundle.includes((await readFile(licence, 'utf8')).trim()), name);
  }
});

tap.test('the page has nothing inline, and names only files that are there', async () => {
  const page = await read('index.html');
  assert.doesNotMatch(page, /<style|style=|\son\w+=|<script>|<script(?![^>]*\ssrc=)|https?:\/\/(?!www\.w3\.org)/i);
  const named = [...page.matchAll(/(?:src|href)="(?!data:|\.\/")([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(named.toSorted(), ['page.css', BUNDLE]);
  for (const name of named) expect(names).toContain(name);
});

tap.test('the declaration names nothing of the inside', async () => {
  const declaration = await read('routemeter-dashboard.d.ts');
  assert.doesNotMatch(declaration, /import|from '/);
  expect(declaration).toMatch(/export declare class RoutemeterDashboard extends HTMLElement/);
});

export default tap.start({ throwOnError: true });
