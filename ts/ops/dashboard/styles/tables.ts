import { css } from './css.js';

/** Tables, bars and sparklines. */
export const tables = css`
  .scroll {
    /* What is taken out of the flow within must not widen the page. */
    position: relative;
    /* Rows that change each second need no new layout around them. */
    contain: content;
    overflow-x: auto;
    border: 1px solid var(--line);
    border-radius: 0.5em;
    background: var(--surface);
  }

  .panel .scroll {
    border: 0;
    border-radius: 0;
    background: none;
  }

  table {
    border-collapse: collapse;
    width: 100%;
    font-size: 0.94em;
  }

  th,
  td {
    padding: 0.32em 0.6em;
    text-align: start;
    font-weight: 400;
    border-bottom: 1px solid var(--line);
    white-space: nowrap;
    vertical-align: middle;
  }

  tbody tr:last-child > * {
    border-bottom: 0;
  }

  thead th {
    color: var(--muted);
    font-size: 0.9em;
    vertical-align: middle;
  }

  .number {
    text-align: end;
  }

  tbody tr:hover > * {
    background: var(--raised);
  }

  th[scope='row'] {
    max-width: 19em;
    overflow: hidden;
    text-overflow: ellipsis;
  }

  .scroll th:first-child {
    position: sticky;
    inset-inline-start: 0;
    background: var(--surface);
    z-index: 1;
  }

  td .text,
  th[scope='row'] .text {
    display: inline-block;
    max-width: 100%;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: pre;
    vertical-align: bottom;
  }

  td .text {
    max-width: 16em;
  }

  .whole .text {
    max-width: 60em;
    white-space: pre-wrap;
  }

  .details .text {
    max-width: 28em;
  }

  /* A list that goes on for ever moves within its own frame. */
  [data-view='events'] .scroll {
    max-height: max(22em, calc(100vh - 15em));
    overflow-y: auto;
  }

  [data-view='events'] thead th {
    position: sticky;
    top: 0;
    background: var(--surface);
    z-index: 2;
  }

  @container (max-width: 42em) {
    .scroll th[scope='row'] {
      max-width: 10.5em;
    }
  }

  .detail {
    margin-inline-end: 1em;
  }

  thead button {
    font: inherit;
    color: inherit;
    background: none;
    border: 0;
    padding: 0.15em 0;
    min-height: 1.8em;
    cursor: pointer;
  }

  thead button:hover {
    color: var(--text);
    text-decoration: underline;
  }

  [aria-sort='ascending'] button,
  [aria-sort='descending'] button {
    color: var(--text);
    font-weight: 600;
  }

  .direction {
    display: inline-block;
    width: 1.1em;
    font-size: 0.75em;
  }

  .badge {
    font-size: 0.8em;
    color: var(--muted);
    border: 1px solid var(--control);
    border-radius: 1em;
    padding: 0 0.55em;
    margin-inline-start: 0.4em;
  }

  .sparkline {
    display: block;
    width: 6.5em;
    height: 1.5em;
    overflow: visible;
  }

  .sparkline path {
    fill: none;
    stroke: var(--accent);
    stroke-width: 1.5;
    vector-effect: non-scaling-stroke;
    stroke-linejoin: round;
  }

  .bars th[scope='row'] {
    width: 99%;
    max-width: 0;
    white-space: normal;
  }

  .bars td {
    vertical-align: top;
  }

  .bars th,
  .bars td {
    border-bottom: 0;
    padding: 0.2em 0.2em 0.2em 0;
  }

  .bars td.number {
    padding-inline: 0.8em 0.2em;
  }

  .bars .more {
    font-size: 0.9em;
    margin-inline-start: 0.5em;
  }

  .bars .name {
    display: block;
    min-width: 0;
  }

  .bar {
    display: block;
    width: 100%;
    height: 0.34em;
    margin-top: 0.1em;
    background: var(--raised);
    border-radius: 0.2em;
  }

  .bar .sure {
    fill: var(--accent);
  }

  .bar .unsure {
    fill: var(--accent);
    opacity: 0.4;
  }
`;
