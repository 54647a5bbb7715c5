import { crypto, fs, path, zlib } from './plugins.js';
import type { TChunks } from './chunks.js';
import { notSupported, Problem } from './classes.problem.js';
import { gzipped, isWorthGzip } from './compression.js';
import { matches } from './etag.js';
import { FIXED_HEADERS, reply } from './reply.js';

/** What of the folder is served: by extension, so that declarations and the like are not. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page's own scripts, styles and answers, and nothing else: no inline code, no other origin, no frame, no form. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface IFileRequest {
  readonly path: string;
  readonly method: string;
  readonly header: (name: string) => string | undefined;
}

interface IFile {
  readonly contentType: string;
  readonly body: TChunks;
  readonly packed: TChunks;
  readonly mark: string;
}

/**
 * The files of the dashboard, read once and then served out of memory: a path is looked up among their names and
 * never becomes the name of a file.
 */
export class StaticFiles {
  readonly #folder: URL;
  #files: Promise<ReadonlyMap<string, IFile>> | null = null;

  constructor(folder: URL) {
    this.#folder = folder;
  }

  /** `null`: there is no such file. Throws a 405 for a method that does not read, a 404 where the page itself is not there. */
  async answer({ path: at, method, header }: IFileRequest): Promise<Response | null> {
    this.#files ??= readFolder(this.#folder);
    const file = (await this.#files).get(at);
    if (file === undefined) {
      if (at === '/') throw new Problem(404, 'there is no dashboard: the package was not built');
      return null;
    }
    if (method !== 'GET' && method !== 'HEAD') throw notSupported(method);
    const packs = isWorthGzip(file.body, header('accept-encoding'));
    const headers = {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': PAGE_POLICY,
      ETag: packs ? `"${file.mark}-gzip"` : `"${file.mark}"`,
      Vary: 'Accept-Encoding',
    };
    if (matches(header('if-none-match'), headers.ETag)) {
      return new Response(null, { status: 304, headers: { ...FIXED_HEADERS, ...headers } });
    }
    if (!packs) return reply(200, file.contentType, file.body, headers);
    return reply(200, file.contentType, file.packed, { ...headers, 'Content-Encoding': 'gzip' });
  }
}

async function readFolder(folder: URL): Promise<ReadonlyMap<string, IFile>> {
  const files = new Map<string, IFile>();
  try {
    for (const name of await fs.readdir(folder)) {
      const contentType = TYPES[path.extname(name)];
      if (contentType === undefined) continue;
      const bytes = await fs.readFile(new URL(encodeURIComponent(name), folder));
      const packed = await gzipped([Buffer.from(bytes)], zlib.constants.Z_BEST_COMPRESSION);
      const mark = crypto.createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
      files.set(name === 'index.html' ? '/' : `/${name}`, {
        contentType,
        body: [Buffer.from(bytes)],
        packed,
        mark,
      });
    }
  } catch {
    // Half a dashboard is none.
    return new Map();
  }
  return files;
}
