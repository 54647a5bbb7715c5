import { Hono } from './plugins.js';
import type { Context } from './plugins.js';
import type { ISnapshotSource } from '../interfaces/snapshot.js';
import { systemClock } from '../shared/clock.js';
import { describe } from '../shared/errors.js';
import { routeStatsOf, statsOf } from '../stats/index.js';
import type { TChunks } from './chunks.js';
import type { TokenGuard } from './classes.tokenguard.js';
import { encoded } from './compression.js';
import type { THostCheck } from './hosts.js';
import { problem, reply, unavailable } from './reply.js';

/** Whatever renders an exposition for an `Accept` header: a PrometheusExporter. It rejects when it cannot. */
export interface IExporter {
  render(accept: string | undefined): Promise<{
    readonly contentType: string;
    readonly body: string;
    /** The body in UTF-8, in pieces; what is sent where it is there. */
    readonly chunks?: TChunks | undefined;
  }>;
}

export interface IAppParts {
  readonly source: ISnapshotSource;
  readonly exporter: IExporter;
  /** `null`: whoever gets here may read. */
  readonly guard: TokenGuard | null;
  readonly isOurHost: THostCheck;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Probes tell no figures, and orchestrators send no tokens. */
const OPEN_PATHS: readonly string[] = ['/healthz', '/readyz'];

/** Probes are open, so a snapshot for them is taken at most this often. */
const READY_FOR_MS = 1000;

/** The routes of the ops side. Every answer is whole before its first byte is sent. */
export function createApp(parts: IAppParts): Hono {
  const { source, exporter } = parts;
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    // Nothing here reads a body: ending the connection is the only way not to receive it.
    if (hasBody(c)) c.header('Connection', 'close');
  });
  app.use(async (c, next) => refusalOf(c, parts) ?? next());

  app.get('/healthz', () => reply(200, JSON_TYPE, '{"status":"live"}'));
  const ready = readiness(source);
  app.get('/readyz', () =>
    ready() ? reply(200, JSON_TYPE, '{"status":"ready"}') : problem(503, 'no snapshot can be taken: see /api/stats'),
  );
  app.get('/metrics', async (c) => {
    try {
      const page = await exporter.render(c.req.header('accept'));
      return await compressed(c, page.contentType, page.chunks ?? [Buffer.from(page.body)], 'Accept, Accept-Encoding');
    } catch (error) {
      return unavailable('the metrics cannot be rendered', error);
    }
  });
  app.get('/api/stats', async (c) => {
    try {
      return await compressed(
        c,
        JSON_TYPE,
        [Buffer.from(JSON.stringify(statsOf(source.snapshot())))],
        'Accept-Encoding',
      );
    } catch (error) {
      return unavailable('no snapshot can be taken', error);
    }
  });
  app.get('/api/stats/routes/:name', async (c) => {
    const name = c.req.param('name');
    try {
      const route = source.snapshot().proxy?.routes.find((one) => one.name === name);
      if (route === undefined) return problem(404, `there is no route ${describe(name)}`);
      return await compressed(c, JSON_TYPE, [Buffer.from(JSON.stringify(routeStatsOf(route)))], 'Accept-Encoding');
    } catch (error) {
      return unavailable('no snapshot can be taken', error);
    }
  });

  for (const path of [...OPEN_PATHS, '/metrics', '/api/stats', '/api/stats/routes/:name']) {
    app.all(path, (c) => problem(405, `${c.req.method} is not supported here`, { Allow: 'GET, HEAD' }));
  }
  app.notFound((c) => problem(404, `there is nothing at ${describe(c.req.path)}`));
  app.onError(() => problem(500, 'the request could not be served'));
  return app;
}

/** Host first: a foreign page learns nothing, not even whether a token is needed. */
function refusalOf(c: Context, { guard, isOurHost }: IAppParts): Response | null {
  // A target in absolute form overrides the header, so both count. A Request made by hand has no header.
  const target = new URL(c.req.url).host;
  if (!isOurHost(target) || !isOurHost(c.req.header('host') ?? target)) {
    return problem(421, 'the Host header names another server; allowedHosts lists further names');
  }
  const authorization = c.req.header('authorization');
  if (guard !== null && !OPEN_PATHS.includes(c.req.path) && !guard.allows(authorization)) {
    const error = authorization === undefined ? '' : ', error="invalid_token"';
    return problem(401, 'a bearer token is required', { 'WWW-Authenticate': `Bearer realm="routemeter"${error}` });
  }
  if (hasBody(c) && (c.req.method === 'GET' || c.req.method === 'HEAD')) {
    return problem(413, 'a request here has no body');
  }
  return null;
}

function hasBody(c: Context): boolean {
  return (c.req.header('content-length') ?? '0') !== '0' || c.req.header('transfer-encoding') !== undefined;
}

async function compressed(c: Context, contentType: string, chunks: TChunks, vary: string): Promise<Response> {
  const { body, headers } = await encoded(chunks, c.req.header('accept-encoding'));
  return reply(200, contentType, body, { ...headers, Vary: vary });
}

function readiness(source: ISnapshotSource): () => boolean {
  let until = -Infinity;
  let last = false;
  return () => {
    const now = systemClock.now();
    if (now < until) return last;
    until = now + READY_FOR_MS;
    try {
      source.snapshot();
      last = true;
    } catch {
      last = false;
    }
    return last;
  };
}
