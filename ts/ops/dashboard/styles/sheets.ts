import { uplotCss } from '../plugins.js';
import { charts } from './charts.js';
import { controls } from './controls.js';
import { frame } from './frame.js';
import { tables } from './tables.js';
import { theme } from './theme.js';

/** Constructed style sheets: a Content-Security-Policy without `unsafe-inline` lets them pass. */
export function styleSheets(): CSSStyleSheet[] {
  return [uplotCss, theme, frame, tables, charts, controls].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
}
