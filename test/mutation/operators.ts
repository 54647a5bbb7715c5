import ts from 'typescript';

/** One small wrong change of a source file. */
export interface IMutant {
  /** Path from the project's root. */
  readonly file: string;
  readonly line: number;
  /** The line that it begins in. */
  readonly code: string;
  /** What of the text is replaced, and by what. */
  readonly from: number;
  readonly to: number;
  readonly original: string;
  readonly replacement: string;
  /** The functions that it stands in, from the innermost out, as V8 names them. */
  readonly functions: readonly string[];
}

const SWAPS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '&&': ['||'],
  '||': ['&&'],
  '&': ['|'],
  '|': ['&'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '+=': ['-='],
  '-=': ['+='],
  '??=': ['='],
};
const UNARY: Readonly<Partial<Record<ts.PrefixUnaryOperator, string>>> = {
  [ts.SyntaxKind.ExclamationToken]: '',
  [ts.SyntaxKind.MinusToken]: '',
  [ts.SyntaxKind.PlusPlusToken]: '--',
  [ts.SyntaxKind.MinusMinusToken]: '++',
};

type TChange = readonly [node: ts.Node, replacement: string];

/** Every mutant of a file. Types, imports, texts and what is said in errors are left alone. */
export function mutantsOf(file: string, text: string): IMutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const lines = text.split('\n');
  const mutants: IMutant[] = [];
  const visit = (node: ts.Node, functions: readonly string[]): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    const name = functionName(node);
    const inside = name === null ? functions : [name, ...functions];
    for (const [changed, replacement] of changesOf(node, source)) {
      const [from, to] = [changed.getStart(source), changed.getEnd()];
      const { line } = source.getLineAndCharacterOfPosition(from);
      const original = text.slice(from, to);
      const code = (lines[line] ?? '').trim();
      mutants.push({ file, line: line + 1, code, from, to, original, replacement, functions: inside });
    }
    // What an error says is nobody's figure.
    if (ts.isThrowStatement(node)) return;
    // `columns[index] ?? 0` is there for the type checker: there is an element.
    if (isChecked(node)) visit(node.left, inside);
    else ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(source, []);
  return mutants;
}

export function mutated(text: string, { from, to, replacement }: IMutant): string {
  return `${text.slice(0, from)}${replacement}${text.slice(to)}`;
}

/** What a person reads, and what `survivors.md` lists: it stays the same when lines move. */
export function describeMutant({ file, code, original, replacement }: IMutant): string {
  const short = (text: string): string => {
    const flat = text.replace(/\s+/g, ' ');
    return flat.length > 70 ? `${flat.slice(0, 67)}...` : flat;
  };
  const place = short(code) === short(original) ? '' : ` in \`${code}\``;
  return `\`${file}\`: \`${short(original)}\` to \`${short(replacement)}\`${place}`;
}

function functionName(node: ts.Node): string | null {
  if (ts.isConstructorDeclaration(node)) return node.parent.name?.text ?? null;
  if (ts.isGetAccessor(node)) return `get ${node.name.getText()}`;
  if (ts.isSetAccessor(node)) return `set ${node.name.getText()}`;
  if (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)) return node.name?.getText() ?? null;
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return null;
  const { parent } = node;
  const named = ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isPropertyAssignment(parent);
  return named ? parent.name.getText() : null;
}

function changesOf(node: ts.Node, source: ts.SourceFile): readonly TChange[] {
  if (ts.isBinaryExpression(node)) return binary(node, source);
  if (ts.isPrefixUnaryExpression(node)) {
    const operator = UNARY[node.operator];
    return operator === undefined ? [] : [[node, `${operator}${node.operand.getText(source)}`]];
  }
  if (ts.isPostfixUnaryExpression(node)) {
    const operator = node.operator === ts.SyntaxKind.PlusPlusToken ? '--' : '++';
    return [[node, `${node.operand.getText(source)}${operator}`]];
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [[node, 'false']];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [[node, 'true']];
  if (ts.isNumericLiteral(node)) return [[node, `(${node.getText(source)} + 1)`]];
  if (ts.isIfStatement(node)) return constants(node.expression);
  if (ts.isConditionalExpression(node)) return constants(node.condition);
  if (ts.isWhileStatement(node)) return [[node.expression, 'false']];
  if (ts.isForStatement(node)) return node.condition === undefined ? [] : [[node.condition, 'false']];
  if (ts.isForOfStatement(node)) return [[node.expression, '[]']];
  if (ts.isExpressionStatement(node)) return callsSuper(node) ? [] : [[node, ';']];
  if (ts.isThrowStatement(node) || ts.isContinueStatement(node) || ts.isBreakStatement(node)) return [[node, ';']];
  if (ts.isReturnStatement(node)) {
    if (node.expression?.getText(source) === 'undefined') return [];
    return [[node, node.expression === undefined ? ';' : 'return;']];
  }
  if (isBody(node) && node.statements.length > 1) return [[node, '{}']];
  return [];
}

function binary(node: ts.BinaryExpression, source: ts.SourceFile): readonly TChange[] {
  const { left, operatorToken, right } = node;
  const operator = operatorToken.getText(source);
  if (operator === '??') return isChecked(node) ? [] : [[node, left.getText(source)]];
  if (operator === '+' && [left, right].some((side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side))) {
    return [];
  }
  return (SWAPS[operator] ?? []).map((swap) => [operatorToken, swap]);
}

function isChecked(node: ts.Node): node is ts.BinaryExpression {
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken &&
    ts.isElementAccessExpression(node.left)
  );
}

function constants(condition: ts.Expression): readonly TChange[] {
  return [
    [condition, 'true'],
    [condition, 'false'],
  ];
}

function callsSuper({ expression }: ts.ExpressionStatement): boolean {
  return ts.isCallExpression(expression) && expression.expression.kind === ts.SyntaxKind.SuperKeyword;
}

function isBody(node: ts.Node): node is ts.Block {
  return ts.isBlock(node) && ts.isFunctionLike(node.parent);
}
