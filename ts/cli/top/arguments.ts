import { commander } from '../plugins.js';

const LONGEST_INTERVAL = 3600;
const SHORTEST_INTERVAL = 0.1;

/** `http://host:port`, `https://…`, with the path that it is served under, or `host:port`. */
export function parseUrl(text: string): URL {
  const refuse = (rule: string): never => {
    throw new commander.InvalidArgumentError(rule);
  };
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z\d+.-]*:\/\//iu.test(text) ? text : `http://${text}`);
  } catch {
    return refuse('It must be the address of an ops server, such as http://127.0.0.1:9464');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse('It must begin with http:// or https://');
  if (url.username !== '' || url.password !== '') {
    refuse('It must hold no name and no password: what stands on a command line is seen by everybody on the machine');
  }
  if (url.search !== '' || url.hash !== '') refuse('It must end before "?" and "#"');
  return url;
}

/** Seconds, as milliseconds. */
export function parseInterval(text: string): number {
  const seconds = /^\d+(\.\d+)?$/u.test(text) ? Number(text) : NaN;
  if (!(seconds >= SHORTEST_INTERVAL && seconds <= LONGEST_INTERVAL)) {
    throw new commander.InvalidArgumentError(
      `It must be seconds, from ${SHORTEST_INTERVAL} to ${LONGEST_INTERVAL}, such as 1 or 0.5`,
    );
  }
  return seconds * 1000;
}
