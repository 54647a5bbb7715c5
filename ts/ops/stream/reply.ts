import { http } from '../plugins.js';
import type { Context } from '../plugins.js';
import { eventsQuery } from '../../schema/opsquery.js';
import { queryOf } from '../api/query.js';
import type { IOpsContext } from '../app.js';
import type { OpsParts } from '../classes.opsparts.js';
import { Problem } from '../classes.problem.js';
import { FIXED_HEADERS } from '../reply.js';
import { responseSink, streamSink } from './sink.js';

/** Admits a reader to the stream. Throws a `Problem` where it is refused. */
export function eventsReply(c: Context<IOpsContext>, { stream, cors }: OpsParts): Response {
  const query = queryOf(eventsQuery, new URL(c.req.url).searchParams);
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
  // Behind another answer on its connection it would be kept without a bound, and never be told to be gone.
  if (outgoing.socket === null && !outgoing.destroyed) {
    throw new Problem(400, 'a stream cannot wait for other answers on its connection');
  }
  // One that has gone meanwhile tells no end any more.
  if (!outgoing.destroyed) outgoing.once('close', stream.open(query, lastEventId, responseSink(outgoing, headers)));
  // Tells the adapter that the response is not its own any more.
  return new Response(null, { headers: { 'x-hono-already-sent': 'true' } });
}

const isNodeResponse = (value: unknown): value is http.ServerResponse => value instanceof http.ServerResponse;
