import { css, unsafeCSS, uplotCss } from '../plugins.js';
import { charts } from './charts.js';
import { controls } from './controls.js';
import { frame } from './frame.js';
import { tables } from './tables.js';
import { theme } from './theme.js';

const ALL = [
  theme,
  frame,
  tables,
  charts,
  controls,
  css`
    ${unsafeCSS(uplotCss)}
  `,
];

/** Constructed style sheets: a Content-Security-Policy without `unsafe-inline` lets them pass. */
export const styleSheets = (): CSSStyleSheet[] =>
  ALL.map(({ styleSheet }) => styleSheet).filter((sheet) => sheet !== undefined);
