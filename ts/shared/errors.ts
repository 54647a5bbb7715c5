/** Every wiring mistake that is thrown, with the rule it breaks. */
export type TErrorCode =
  | 'ERR_OPTION_INVALID'
  | 'ERR_OPTION_UNKNOWN'
  | 'ERR_ROUTES_UNKNOWN'
  | 'ERR_ROUTE_DUPLICATE'
  | 'ERR_ROUTE_RESERVED'
  | 'ERR_ROUTE_INVALID'
  | 'ERR_ALREADY_ATTACHED'
  | 'ERR_NOT_ATTACHED'
  | 'ERR_ALREADY_OBSERVED'
  | 'ERR_ALREADY_REGISTERED'
  | 'ERR_METRIC_NAME'
  | 'ERR_BIND_WITHOUT_AUTH'
  | 'ERR_CERTIFICATE'
  | 'ERR_CONFIG'
  | 'ERR_DNS_UNAVAILABLE'
  | 'ERR_FRONT_UPSTREAM';

/** Thrown for wiring mistakes only; what arrives over the network is counted instead. */
export class RoutemeterError extends Error {
  readonly code: TErrorCode;

  constructor(code: TErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RoutemeterError';
    this.code = code;
  }
}

/** `ERR_OPTION_INVALID` that names the option, the rule and the value. */
export function invalidOption(option: string, rule: string, value: unknown): RoutemeterError {
  return new RoutemeterError('ERR_OPTION_INVALID', `option "${option}" must be ${rule}, not ${describe(value)}`);
}

/** A short text for a value of any kind, safe to print. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
