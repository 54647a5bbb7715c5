/** The door of the dashboard to outside code. All of it is bundled: a browser loads nothing from elsewhere. */
import { AsyncDirective, directive } from 'lit/async-directive.js';
import { repeat } from 'lit/directives/repeat.js';
// Templates only: `lit` as a whole brings a base class of elements and its globals along.
import { html, nothing, render, svg } from 'lit/html.js';
import type { TemplateResult } from 'lit/html.js';
import type { ElementPart } from 'lit/async-directive.js';
import UPlot from 'uplot';
import uplotCss from 'uplot/dist/uPlot.min.css';

export { AsyncDirective, directive, html, nothing, render, repeat, svg, UPlot, uplotCss };
export type { ElementPart, TemplateResult };
