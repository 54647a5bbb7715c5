import type { Context, Hono } from '../plugins.js';
import { http } from '../plugins.js';
import { connectionsQuery, eventsQuery, noQuery, statsQuery, topQuery } from '../../schema/opsquery.js';
import type { IOpsContext } from '../app.js';
import type { OpsParts } from '../classes.opsparts.js';
import { isWorthGzip } from '../compression.js';
import { matches } from '../etag.js';
import { FIXED_HEADERS, reply } from '../reply.js';
import { responseSink, streamSink } from '../stream/sink.js';
import { Pages } from './classes.pages.js';
import { jsonChunks } from './jsonchunks.js';
import { openApi } from './openapi.js';
import { queryOf } from './query.js';
import { topListOf } from './top.js';

const isNodeResponse = (value: unknown): value is http.ServerResponse => value instanceof http.ServerResponse;

const JSON_TYPE = 'application/json; charset=utf-8';

/** The paths below `/api`: each is in the OpenAPI document too, which a test compares. */
export function apiRoutes(app: Hono<IOpsContext>, { answers, stream, cors }: OpsParts): void {
  const pages = new Pages();
  /** An answer of the present snapshot. */
  const page = async (c: Context<IOpsContext>, answer: () => Promise<unknown>): Promise<Response> => {
    const made = await pages.get(await answers.snapshot(), c.req.url, answer);
    const headers = { ETag: made.etag, Vary: 'Accept-Encoding' };
    if (matches(c.req.header('if-none-match'), made.etag)) {
      return new Response(null, { status: 304, headers: { ...FIXED_HEADERS, ...headers } });
    }
    if (!isWorthGzip(made.body, c.req.header('accept-encoding'))) return reply(200, JSON_TYPE, made.body, headers);
    return reply(200, JSON_TYPE, await made.gzipped(), { ...headers, 'Content-Encoding': 'gzip' });
  };
  const search = (c: Context<IOpsContext>): URLSearchParams => new URL(c.req.url).searchParams;

  app.get('/api/stats', (c) => {
    const query = queryOf(statsQuery, search(c));
    return page(c, () => answers.stats(query));
  });
  app.get('/api/stats/routes/:name', (c) => {
    queryOf(noQuery, search(c));
    return page(c, () => answers.route(c.req.param('name')));
  });
  app.get('/api/history', (c) => {
    queryOf(noQuery, search(c));
    return page(c, () => answers.history());
  });
  app.get('/api/top/:list', (c) => {
    const list = topListOf(c.req.param('list'));
    const query = queryOf(topQuery, search(c));
    return page(c, () => answers.top(list, query));
  });
  app.get('/api/connections', async (c) => {
    const query = queryOf(connectionsQuery, search(c));
    return reply(200, JSON_TYPE, await jsonChunks(await answers.connections(query)));
  });
  app.get('/api/system', async (c) => {
    queryOf(noQuery, search(c));
    return reply(200, JSON_TYPE, await jsonChunks(await answers.system()));
  });
  app.get('/api/openapi.json', (c) => {
    queryOf(noQuery, search(c));
    return page(c, async () => openApi());
  });
  app.get('/api/events', (c) => {
    const query = queryOf(eventsQuery, search(c));
    stream.admit(query);
    const headers = {
      ...FIXED_HEADERS,
      ...cors(c.req.header('origin')),
      'Content-Type': 'text/event-stream',
      // nginx holds answers back unless told not to.
      'X-Accel-Buffering': 'no',
    };
    if (c.req.method === 'HEAD') return new Response(null, { headers });
    const lastEventId = c.req.header('last-event-id');
    const { outgoing } = c.env;
    if (!isNodeResponse(outgoing)) {
      let close = (): void => undefined;
      const { sink, body } = streamSink(() => close());
      close = stream.open(query, lastEventId, sink);
      return new Response(body, { headers });
    }
    outgoing.on('error', () => undefined);
    outgoing.writeHead(200, headers);
    outgoing.flushHeaders();
    outgoing.once('close', stream.open(query, lastEventId, responseSink(outgoing)));
    // Tells the adapter that the response is not its own any more.
    return new Response(null, { headers: { 'x-hono-already-sent': 'true' } });
  });
}
