import { css } from './css.js';

/** What stands around the canvas of a chart. */
export const charts = css`
  .plots {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 17em), 1fr));
    gap: 0.6em 1em;
  }

  .plots figure {
    min-width: 0;
  }

  figcaption {
    color: var(--muted);
    font-size: 0.82em;
  }

  .plot {
    position: relative;
    height: clamp(8em, 10cqi, 15em);
  }

  .key {
    display: inline-flex;
    align-items: center;
    gap: 0.4em;
    font-size: 0.86em;
    font-weight: 400;
    color: var(--muted);
  }

  .line {
    width: 1.5em;
    height: 0.4em;
    stroke-width: 2;
  }

  .line-0 {
    stroke: var(--accent);
  }

  .line-1 {
    stroke: var(--second);
    stroke-dasharray: 5 3;
  }

  .readout {
    position: absolute;
    inset-inline-end: 0;
    bottom: 100%;
    font-size: 0.82em;
    white-space: pre;
    color: var(--text);
    pointer-events: none;
  }

  .u-hz .u-cursor-x {
    border-color: var(--control);
  }
`;
