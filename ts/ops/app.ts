import { Hono } from './plugins.js';
import type { Context, HttpBindings } from './plugins.js';
import { systemClock } from '../shared/clock.js';
import { describe } from '../shared/errors.js';
import { apiRoutes } from './api/routes.js';
import type { TChunks } from './chunks.js';
import type { OpsParts } from './classes.opsparts.js';
import { notSupported, Problem, unavailable } from './classes.problem.js';
import { RateLimit } from './classes.ratelimit.js';
import { StaticFiles } from './classes.staticfiles.js';
import { gzipped, isWorthGzip } from './compression.js';
import type { THostCheck } from './hosts.js';
import { PREFLIGHT_HEADERS } from './origins.js';
import { FIXED_HEADERS, problemReply, reply } from './reply.js';

/** Under Node, the request and response themselves; hosts of the `fetch` kind give nothing. */
export interface IOpsContext {
  Bindings: Partial<HttpBindings>;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const READ_METHODS = ['GET', 'HEAD'];

/** Probes tell no figures, and orchestrators send no tokens. */
const OPEN_PATHS: readonly string[] = ['/healthz', '/readyz'];

/** Where the build puts it, seen from this file and from its compiled form alike. */
const DASHBOARD = new URL('../../dist_ts/ops/dashboard/', import.meta.url);

const READY_FOR_MS = 1000;

/** The routes of the ops side. But for streams, every answer is whole before its first byte is sent. */
export function createApp(
  parts: OpsParts,
  isOurHost: THostCheck,
  { dashboard = DASHBOARD, limit = new RateLimit(systemClock) } = {},
): Hono<IOpsContext> {
  const app = new Hono<IOpsContext>();
  const files = new StaticFiles(dashboard);
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(parts.cors(c.req.header('origin')))) {
      c.header(name, value, { append: name === 'Vary' });
    }
    // Nothing here reads a body: ending the connection is the only way not to receive it.
    if (hasBody(c)) c.header('Connection', 'close');
  });
  app.use(async (c, next) => {
    if (!limit.allows(c.env.incoming?.socket.remoteAddress ?? '')) {
      throw new Problem(429, 'too many requests of this client', { headers: { 'Retry-After': '1' } });
    }
    checkHost(c, isOurHost);
    if (isPreflight(c, parts)) return preflightReply();
    // They tell nothing: the page asks for the token itself.
    const { path, method } = c.req;
    const file = await files.answer({ path, method, header: (name) => c.req.header(name) });
    if (file !== null) return file;
    checkToken(c, parts);
    if (hasBody(c) && READ_METHODS.includes(method)) throw new Problem(413, 'a request here has no body');
    await next();
    return undefined;
  });

  app.get('/healthz', () => reply(200, JSON_TYPE, '{"status":"live"}'));
  const ready = readiness(parts);
  app.get('/readyz', async () => {
    if (!(await ready())) throw new Problem(503, 'no snapshot can be taken: see /api/stats');
    return reply(200, JSON_TYPE, '{"status":"ready"}');
  });
  app.get('/metrics', async (c) => {
    try {
      const page = await parts.exporter.render(c.req.header('accept'));
      const body = page.chunks ?? [Buffer.from(page.body)];
      const answer = await compressed(c, page.contentType, body);
      releaseAfter(c, answer, () => page.release?.());
      return answer;
    } catch (error) {
      throw unavailable('the metrics cannot be rendered', error);
    }
  });
  apiRoutes(app, parts);

  for (const { path } of app.routes.filter(({ method }) => method === 'GET')) {
    app.all(path, (c) => {
      throw notSupported(c.req.method);
    });
  }
  app.notFound((c) => problemReply(new Problem(404, `there is nothing at ${describe(c.req.path)}`)));
  app.onError((error) =>
    problemReply(error instanceof Problem ? error : new Problem(500, 'the request could not be served')),
  );
  return app;
}

/** Host first: a foreign page learns nothing, not even whether a token is needed. */
function checkHost(c: Context<IOpsContext>, isOurHost: THostCheck): void {
  // A target in absolute form overrides the header, so both count. A Request made by hand has no header.
  const target = new URL(c.req.url).host;
  if (isOurHost(target) && isOurHost(c.req.header('host') ?? target)) return;
  throw new Problem(421, 'the Host header names another server; allowedHosts lists further names');
}

function checkToken(c: Context<IOpsContext>, { guard }: OpsParts): void {
  const authorization = c.req.header('authorization');
  if (guard === null || OPEN_PATHS.includes(c.req.path) || guard.allows(authorization)) return;
  const error = authorization === undefined ? '' : ', error="invalid_token"';
  const headers = { 'WWW-Authenticate': `Bearer realm="routemeter"${error}` };
  throw new Problem(401, 'a bearer token is required', { headers });
}

/** A browser's question, before a page of a listed origin asks for what a token is needed for. It carries none itself. */
function isPreflight(c: Context<IOpsContext>, { cors }: OpsParts): boolean {
  if (c.req.method !== 'OPTIONS' || c.req.header('access-control-request-method') === undefined) return false;
  return 'Access-Control-Allow-Origin' in cors(c.req.header('origin'));
}

const preflightReply = (): Response =>
  new Response(null, { status: 204, headers: { ...FIXED_HEADERS, ...PREFLIGHT_HEADERS } });

function hasBody(c: Context<IOpsContext>): boolean {
  return (c.req.header('content-length') ?? '0') !== '0' || c.req.header('transfer-encoding') !== undefined;
}

async function compressed(c: Context<IOpsContext>, contentType: string, body: TChunks): Promise<Response> {
  const headers = { Vary: 'Accept, Accept-Encoding' };
  if (!isWorthGzip(body, c.req.header('accept-encoding'))) return reply(200, contentType, body, headers);
  return reply(200, contentType, await gzipped(body), { ...headers, 'Content-Encoding': 'gzip' });
}

/** A compressed body is no longer what was rendered; any other is, until it has gone out or nobody is there for it. */
function releaseAfter(c: Context<IOpsContext>, answer: Response, release: () => void): void {
  if (answer.headers.has('content-encoding')) release();
  else c.env.outgoing?.once('close', release);
}

/** Probes are open, so a snapshot for them is taken at most once a second. */
function readiness({ answers }: OpsParts): () => Promise<boolean> {
  let until = -Infinity;
  let ready = Promise.resolve(false);
  return () => {
    const now = systemClock.now();
    if (now >= until) {
      until = now + READY_FOR_MS;
      ready = answers.snapshot().then(
        () => true,
        () => false,
      );
    }
    return ready;
  };
}
