export type TFormat = 'text' | 'openmetrics';

export interface INegotiated {
  readonly format: TFormat;
  readonly contentType: string;
}

interface IRange {
  readonly type: string;
  readonly version: string | null;
  readonly quality: number;
}

/** Best first: what wins at equal quality. OpenMetrics 0.0.1 is what Prometheus called 1.0 before it was published. */
const OFFERS = [
  { format: 'openmetrics', type: 'application/openmetrics-text', version: '1.0.0' },
  { format: 'openmetrics', type: 'application/openmetrics-text', version: '0.0.1' },
  { format: 'text', type: 'text/plain', version: '0.0.4' },
] as const;
const TEXT = OFFERS[2];

/**
 * The format to answer with (RFC 9110, section 12.5.1). Wildcards ask for text: whoever can read OpenMetrics names it.
 * Text is also the answer where nothing offered is acceptable, as every Prometheus client library has it.
 */
export function negotiate(accept: string | null | undefined): INegotiated {
  const ranges = (accept ?? '').split(',').map(parseRange);
  let best: (typeof OFFERS)[number] = TEXT;
  let bestQuality = 0;
  for (const offer of OFFERS) {
    const quality = qualityOf(offer, ranges);
    if (quality > bestQuality) {
      best = offer;
      bestQuality = quality;
    }
  }
  return { format: best.format, contentType: `${best.type}; version=${best.version}; charset=utf-8` };
}

function parseRange(text: string): IRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  let version: string | null = null;
  let quality = 1;
  for (const parameter of parameters) {
    const [name, quoted = ''] = parameter.split('=', 2);
    const value = quoted.replace(/^"(.*)"$/, '$1');
    if (name === 'version') version = value;
    // A malformed quality asks for nothing.
    if (name === 'q') quality = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(value) ? Number(value) : 0;
  }
  return { type, version, quality };
}

/** The quality of the most specific range that matches; 0 where none does. */
function qualityOf(offer: (typeof OFFERS)[number], ranges: readonly IRange[]): number {
  let specificity = 0;
  let quality = 0;
  for (const range of ranges) {
    const matched = specificityOf(offer, range);
    if (matched > specificity || (matched === specificity && matched > 0 && range.quality > quality)) {
      specificity = matched;
      quality = range.quality;
    }
  }
  return quality;
}

function specificityOf(offer: (typeof OFFERS)[number], range: IRange): number {
  if (range.type === offer.type) {
    if (range.version === offer.version) return 4;
    // Without a version: the current one of each format.
    return range.version === null && offer.version !== '0.0.1' ? 3 : 0;
  }
  if (offer.format !== 'text') return 0;
  if (range.type === 'text/*') return 2;
  return range.type === '*/*' ? 1 : 0;
}
