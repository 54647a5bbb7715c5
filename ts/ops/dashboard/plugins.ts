/** The door of the dashboard to outside code. All of it is bundled: a browser loads nothing from elsewhere. */
import { css, html, nothing, render, svg, unsafeCSS } from 'lit';
import type { CSSResult, ElementPart, SVGTemplateResult, TemplateResult } from 'lit';
import { AsyncDirective, directive } from 'lit/async-directive.js';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import UPlot from 'uplot';
import uplotCss from 'uplot/dist/uPlot.min.css';

export { AsyncDirective, css, directive, html, live, nothing, render, repeat, svg, unsafeCSS, UPlot, uplotCss };
export type { CSSResult, ElementPart, SVGTemplateResult, TemplateResult };
