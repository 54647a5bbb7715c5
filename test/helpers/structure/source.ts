import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';

export interface IImport {
  line: number;
  specifier: string;
  /** Erased by the compiler: the module is not loaded. */
  typeOnly: boolean;
  dynamic: boolean;
  /** The imported file relative to the tree's root; null for what lies outside (packages, built-ins). */
  target: string | null;
}

export interface ISource {
  /** Relative to the tree's root, with slashes. */
  file: string;
  /** First part of the path for files in folders; the file's name for those at the root. See `folderOf`. */
  folder: string;
  lineCount: number;
  ast: ts.SourceFile;
  imports: IImport[];
}

/** Code for browsers lies within the folder that serves it, and is a side of its own. */
const NESTED = ['ops/dashboard'];

/** The folder whose rules a file (relative, with slashes) follows. */
export function folderOf(file: string): string {
  return NESTED.find((nested) => file.startsWith(`${nested}/`)) ?? file.split('/')[0] ?? file;
}

function readImports(file: string, ast: ts.SourceFile): IImport[] {
  const imports: IImport[] = [];
  const add = (node: ts.Node, specifier: string, typeOnly: boolean, dynamic = false): void => {
    const line = ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1;
    const local = specifier.startsWith('.');
    const target = local ? path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts') : null;
    imports.push({ line, specifier, typeOnly, dynamic, target });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node, node.moduleSpecifier.text, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node, node.moduleSpecifier.text, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) add(node, node.argument.literal.text, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      const literal = argument !== undefined && ts.isStringLiteralLike(argument);
      add(node, literal ? argument.text : '(computed)', false, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return imports;
}

/** All TypeScript files below `root`. Throws when there is none: a check of nothing must not pass. */
export async function readSources(root: string): Promise<ISource[]> {
  const names = await readdir(root, { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => name.split(path.sep).join('/'));
  if (files.length === 0) throw new Error(`no TypeScript file below ${root}`);
  return Promise.all(
    files.sort().map(async (file) => {
      const text = await readFile(path.join(root, file), 'utf8');
      const ast = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023);
      const lineCount = text.replace(/\n$/, '').split('\n').length;
      return { file, folder: folderOf(file), lineCount, ast, imports: readImports(file, ast) };
    }),
  );
}
