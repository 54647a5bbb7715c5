import type { Context, Hono } from '../plugins.js';
import { connectionsQuery, noQuery, statsQuery, topQuery } from '../../schema/opsquery.js';
import type { IOpsContext } from '../app.js';
import type { OpsParts } from '../classes.opsparts.js';
import { isWorthGzip } from '../compression.js';
import { matches } from '../etag.js';
import { FIXED_HEADERS, reply } from '../reply.js';
import { eventsReply } from '../stream/reply.js';
import { pageOf, Pages } from './classes.pages.js';
import type { IPage } from './classes.pages.js';
import { jsonChunks } from './jsonchunks.js';
import { openApi } from './openapi.js';
import { queryOf } from './query.js';
import { topListOf } from './top.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** The paths below `/api`: each is in the OpenAPI document too, which a test compares. */
export function apiRoutes(app: Hono<IOpsContext>, parts: OpsParts): void {
  const { answers } = parts;
  const pages = new Pages();
  /** An answer of the present snapshot. */
  const page = async (c: Context<IOpsContext>, answer: () => Promise<unknown>): Promise<Response> =>
    pageReply(c, await pages.get(await answers.snapshot(), c.req.url, answer));
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
  let document: Promise<IPage> | null = null;
  app.get('/api/openapi.json', async (c) => {
    queryOf(noQuery, search(c));
    document ??= pageOf(openApi());
    return pageReply(c, await document);
  });
  app.get('/api/events', (c) => eventsReply(c, parts));
}

async function pageReply(c: Context<IOpsContext>, page: IPage): Promise<Response> {
  const headers = { ETag: page.etag, Vary: 'Accept-Encoding' };
  if (matches(c.req.header('if-none-match'), page.etag)) {
    return new Response(null, { status: 304, headers: { ...FIXED_HEADERS, ...headers } });
  }
  if (!isWorthGzip(page.body, c.req.header('accept-encoding'))) return reply(200, JSON_TYPE, page.body, headers);
  return reply(200, JSON_TYPE, await page.gzipped(), { ...headers, 'Content-Encoding': 'gzip' });
}
