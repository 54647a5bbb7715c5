import path from 'node:path';
import ts from 'typescript';
import type { z } from 'zod';

/** The fields of each event, by its name: those of the interface that `IProxyEvents` or `IDnsEvents` gives it. */
export function fieldsOfEvents(source: ts.SourceFile): Map<string, string[]> {
  const interfaces = new Map(
    source.statements.filter(ts.isInterfaceDeclaration).map((declared) => [declared.name.text, declared]),
  );
  const members = (name: string): ts.PropertySignature[] => [
    ...(interfaces.get(name)?.members.filter(ts.isPropertySignature) ?? []),
  ];
  const textOf = (name: ts.PropertyName): string => (ts.isStringLiteral(name) ? name.text : name.getText(source));
  const found = new Map<string, string[]>();
  for (const event of [...members('IProxyEvents'), ...members('IDnsEvents')]) {
    const fields = members(event.type?.getText(source) ?? '').map(({ name }) => textOf(name));
    if (fields.length === 0) throw new Error(`no fields found for the event ${textOf(event.name)}`);
    found.set(textOf(event.name), fields);
  }
  return found;
}

/** Type errors of files, with the project's own settings. */
export function typeErrors(project: string, files: readonly string[]): string[] {
  const configFile = path.join(project, 'tsconfig.json');
  const { config } = ts.readConfigFile(configFile, (file) => ts.sys.readFile(file)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, project);
  const program = ts.createProgram(files, options);
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file !== undefined && files.includes(path.normalize(file.fileName)))
    .map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

/**
 * Paths of a value that a schema does not know, or that are of another type. What the value leaves out is no matter: a
 * sample is shortened.
 */
export function missingFrom(schema: z.ZodType, value: unknown): string[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? [])
    .filter((issue) => !(issue.code === 'invalid_type' && at(value, issue.path) === undefined))
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

function at(value: unknown, keys: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of keys) found = (found as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return found;
}
