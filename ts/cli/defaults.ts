/** Where proxy, DNS and ops server listen unless told otherwise. */
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_OPS_PORT = 9464;
/** How long SIGTERM waits for open connections. */
export const DEFAULT_DRAIN_MS = 5000;
