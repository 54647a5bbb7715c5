import { css } from './css.js';

/**
 * Dark and light follow the viewer; a page that embeds the element settles it with `color-scheme: dark` on the element.
 * Text colours keep 4.5:1 on every surface they are used on, lines and shapes 3:1.
 */
export const theme = css`
  :host {
    color-scheme: light dark;
    display: block;
    container-type: inline-size;
    background: var(--ground);
    color: var(--text);
    font-family: system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;

    --ground: light-dark(#f4f5f7, #0e1216);
    --surface: light-dark(#ffffff, #161b21);
    --raised: light-dark(#eceff3, #1f262e);
    --line: light-dark(#d3d8df, #2b333d);
    --grid: light-dark(#e6e9ee, #232a33);
    --control: light-dark(#7a8594, #6b7787);
    --text: light-dark(#151a21, #e7ebf0);
    --muted: light-dark(#505b6a, #9ba7b5);
    --accent: light-dark(#0b62c4, #6fb1ff);
    --on-accent: light-dark(#ffffff, #0b1a2b);
    --fill: light-dark(rgb(11 98 196 / 0.1), rgb(111 177 255 / 0.14));
    --second: light-dark(#59636f, #b4bec9);
    --good: light-dark(#176c33, #57c98b);
    --bad: light-dark(#b3261e, #ff9489);
    --bad-ground: light-dark(#fdecea, #35191a);
    --warn: light-dark(#835300, #eebd5a);
    --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  }

  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }

  .app {
    font-size: clamp(0.875rem, 0.72rem + 0.3cqi, 1.6rem);
    line-height: 1.4;
    font-variant-numeric: tabular-nums;
    padding: 0 clamp(0.6em, 1.6cqi, 2.4em) 2em;
  }

  h1,
  h2,
  h3,
  p,
  dl,
  dd,
  figure {
    margin: 0;
  }

  a {
    color: var(--accent);
    text-underline-offset: 0.18em;
  }

  a:not(:hover) {
    text-decoration-thickness: 1px;
  }

  code,
  .text {
    font-family: var(--mono);
    font-size: 0.94em;
  }

  .text {
    unicode-bidi: isolate;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }

  .escape {
    color: var(--warn);
  }

  .quiet,
  .note,
  .more,
  .unit,
  .empty {
    color: var(--muted);
  }

  .none {
    color: var(--muted);
    cursor: help;
  }

  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: 2px;
  }

  #view-title:focus-visible {
    outline: none;
  }

  /* What is shown is old: it stays, but it no longer looks like now. */
  [data-state='lost'] main :is(.figure, time, .light strong, .icon) {
    color: var(--muted);
  }

  [data-state='lost'] main :is(.figure, time, .light strong) {
    font-style: italic;
  }

  [data-state='lost'] main :is(.plot, .sparkline, .bar) {
    filter: grayscale(1);
    opacity: 0.6;
  }

  @media (forced-colors: active) {
    .badge,
    .tile,
    .panel {
      border: 1px solid CanvasText;
    }
  }
`;
