import type { ILogger } from '../interfaces/options.js';
import type { ITypedCall, ITypedHandler, ITypedRouter, TTypedGuard, TTypedRequest } from '../interfaces/typedrouter.js';
import { connectionsQuery, statsQuery, topQuery } from '../schema/opsquery.js';
import { describe, invalidOption, RoutemeterError } from '../shared/errors.js';
import { functionOption, optionsObject, rejectUnknown } from '../shared/options.js';
import { warn } from '../shared/warn.js';
import type { Answers } from './api/classes.answers.js';
import { queryOf, ruleOf } from './api/query.js';
import type { TQuerySchema } from './api/query.js';
import { topListOf } from './api/top.js';
import { badParameter, Problem } from './classes.problem.js';

export interface IRegisterOptions {
  /**
   * Asked before each answer. Middleware of a router above does not protect handlers of a router below, so that this
   * has no default: `false` says that whoever reaches the router may read.
   */
  readonly guard: TTypedGuard | false;
}

type TFields = Readonly<Record<string, unknown>>;

const METHODS: Readonly<Record<TTypedRequest['method'], (answers: Answers, fields: TFields) => Promise<unknown>>> = {
  'routemeter.getStats': async (answers, fields) => answers.stats(queryOf(statsQuery, searchOf(statsQuery, fields))),
  'routemeter.getRoute': async (answers, fields) => answers.route(textOf(fields, 'name', 'the name of a route')),
  'routemeter.getConnections': async (answers, fields) =>
    answers.connections(queryOf(connectionsQuery, searchOf(connectionsQuery, fields))),
  'routemeter.getHistory': (answers) => answers.history(),
  'routemeter.getTop': async (answers, fields) => {
    const list = topListOf(textOf(fields, 'list', 'domains, clients or routes'));
    return answers.top(list, queryOf(topQuery, searchOf(topQuery, fields)));
  },
  'routemeter.getSystem': (answers) => answers.system(),
};

/**
 * Registers a handler of each method, or, with an error, none. Returns what takes them off again: `false` where the
 * router has no way to.
 *
 * @throws ERR_ALREADY_REGISTERED where a method is taken; ERR_OPTION_INVALID
 */
export function registerHandlers(
  answers: Answers,
  router: ITypedRouter,
  options: IRegisterOptions,
  logger: ILogger | undefined,
): () => boolean {
  functionOption('typedRouter.addTypedHandler', (router as Partial<ITypedRouter> | null | undefined)?.addTypedHandler);
  const admit = admission(guardOption(options), logger);
  const handlers = Object.entries(METHODS).map(([method, answer]): ITypedHandler => {
    return { method, addResponse: (call) => answered(call, admit, (fields) => answer(answers, fields)) };
  });
  const taken = handlers.filter(({ method }) => router.checkForTypedHandler?.(method) === true);
  if (taken.length > 0) {
    const names = taken.map(({ method }) => method).join(', ');
    throw new RoutemeterError(
      'ERR_ALREADY_REGISTERED',
      `this router, or one that it is connected to, has a handler of ${names} already: register once for all of them`,
    );
  }
  const added: ITypedHandler[] = [];
  const remove = (): boolean => {
    for (const handler of added) router.handlerMap?.remove(handler);
    return router.handlerMap !== undefined;
  };
  try {
    for (const handler of handlers) {
      router.addTypedHandler(handler);
      added.push(handler);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}

function guardOption(options: IRegisterOptions | undefined): TTypedGuard | false {
  optionsObject('registerOn', options ?? null);
  rejectUnknown('registerOn', options ?? {}, ['guard']);
  const guard: unknown = options?.guard;
  if (guard !== false && typeof guard !== 'function') {
    throw invalidOption('guard', 'a function that says who may read, or false for everybody', guard);
  }
  return guard as TTypedGuard | false;
}

/** Rejects unless the guard allows the call. */
function admission(guard: TTypedGuard | false, logger: ILogger | undefined): (call: ITypedCall) => Promise<void> {
  let failed = false;
  return async (call) => {
    if (guard === false) return;
    try {
      if ((await guard(call)) === true) return;
    } catch (error) {
      if (isTypedResponseError(error)) throw error;
      if (!failed) warn(logger, `the guard of the typed router failed (told once): ${String(error)}`);
      failed = true;
    }
    throw new Problem(403, 'the guard does not allow this request');
  };
}

/** Never rejects: of an error that is thrown, the caller of a router hears nothing. */
async function answered(
  call: ITypedCall,
  admit: (call: ITypedCall) => Promise<void>,
  answer: (fields: TFields) => Promise<unknown>,
): Promise<ITypedCall> {
  try {
    await admit(call);
    const fields: unknown = call.request;
    call.response = await answer(typeof fields === 'object' && fields !== null ? (fields as TFields) : {});
  } catch (error) {
    call.error = errorOf(error);
  }
  if (call.correlation !== undefined) call.correlation.phase = 'response';
  return call;
}

function errorOf(error: unknown): { text: string; data: unknown } {
  if (isTypedResponseError(error)) return { text: error.errorText, data: error.errorData ?? {} };
  const problem = error instanceof Problem ? error : new Problem(500, 'the request could not be served');
  return { text: problem.message, data: problem.body };
}

/** Of whichever copy of the package. */
function isTypedResponseError(error: unknown): error is { readonly errorText: string; readonly errorData?: unknown } {
  return typeof (error as { errorText?: unknown } | null | undefined)?.errorText === 'string';
}

/** The fields that the schema knows, as the query of the HTTP API has them; what else is there is the guard's. */
function searchOf(schema: TQuerySchema, fields: TFields): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, parameter] of Object.entries(schema.shape)) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === 'string' || typeof value === 'number') search.set(name, String(value));
    else if (isTexts(value)) search.set(name, value.join(','));
    else if (value !== undefined) throw badParameter(name, ruleOf(parameter), describe(value));
  }
  return search;
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

function textOf(fields: TFields, name: string, rule: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw badParameter(name, rule, describe(value));
  return value;
}
