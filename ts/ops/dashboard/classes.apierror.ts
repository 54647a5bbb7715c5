import type { IProblem } from '../../interfaces/ops.js';

/** An answer that is none: the router cannot be reached, or it refuses. */
export class ApiError extends Error {
  /** The HTTP status; `null` where nothing was answered. */
  readonly status: number | null;

  constructor(message: string, status: number | null, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** What an error answer says of itself (RFC 9457), or the plain status. */
export async function refusalOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => null)) as Partial<IProblem> | null;
  const title = typeof problem?.title === 'string' ? problem.title : response.statusText;
  const detail = typeof problem?.detail === 'string' ? `: ${problem.detail}` : '';
  return new ApiError(`${response.status} ${title}${detail}`.trim(), response.status);
}

export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'no answer in time';
  // `fetch` says nothing of why, on purpose; what it says differs from browser to browser.
  if (error instanceof TypeError) return 'it cannot be reached';
  return error instanceof Error ? error.message : String(error);
}
