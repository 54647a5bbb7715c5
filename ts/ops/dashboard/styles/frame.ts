import { css } from './css.js';

/** Header, tiles, panels: what stands where, from a telephone to a wall. */
export const frame = css`
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.3em 1.6em;
    padding: 0.7em 0;
    border-bottom: 1px solid var(--line);
    margin-bottom: 0.9em;
  }

  .skip:not(:focus) {
    position: absolute;
    clip-path: inset(50%);
    width: 1px;
    height: 1px;
    overflow: hidden;
  }

  .brand {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 0.8em;
    min-width: 0;
  }

  h1 {
    font-size: 1.12em;
    letter-spacing: -0.01em;
  }

  .instance {
    font-size: 0.86em;
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.7em;
  }

  nav {
    display: flex;
    flex-wrap: wrap;
    gap: 0.15em;
  }

  nav a {
    color: var(--text);
    text-decoration: none;
    padding: 0.3em 0.75em;
    border-radius: 0.4em;
  }

  nav a:hover {
    background: var(--raised);
  }

  nav a[aria-current] {
    background: var(--raised);
    font-weight: 600;
    box-shadow: inset 0 -2px var(--accent);
  }

  .status {
    display: flex;
    align-items: center;
    gap: 0.45em;
    margin-left: auto;
    font-size: 0.9em;
  }

  .status time {
    color: var(--muted);
  }

  .icon {
    width: 1.05em;
    height: 1.05em;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.8;
    stroke-linecap: round;
    stroke-linejoin: round;
  }

  .icon.good {
    color: var(--good);
  }

  .icon.bad {
    color: var(--bad);
  }

  .icon.waiting {
    color: var(--muted);
  }

  .banner {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5em 0.8em;
    padding: 0.6em 0.9em;
    margin-bottom: 0.9em;
    background: var(--bad-ground);
    border: 1px solid var(--bad);
    border-radius: 0.5em;
  }

  .banner p {
    flex: 1 1 18em;
  }

  .title {
    font-size: 1.3em;
    line-height: 1.3;
    letter-spacing: -0.015em;
    margin-bottom: 0.5em;
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.5em;
    min-width: 0;
  }

  .title .text {
    font-weight: 600;
  }

  .tiles {
    display: flex;
    flex-wrap: wrap;
    gap: 0.6em;
    margin-bottom: 0.6em;
  }

  .tile {
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: 0.5em;
    padding: 0.55em 0.8em 0.6em;
    min-width: 0;
    flex: 1 1 9em;
  }

  .tile.double {
    flex: 2 1 18.6em;
  }

  .tile dt {
    color: var(--muted);
    font-size: 0.86em;
  }

  .tile .main {
    font-size: 1.5em;
    font-weight: 600;
    line-height: 1.25;
    letter-spacing: -0.01em;
    white-space: nowrap;
  }

  .tile .main .unit {
    font-size: 0.6em;
    font-weight: 400;
    letter-spacing: 0;
  }

  .tile .more {
    font-size: 0.82em;
  }

  .tile .sparkline {
    width: 100%;
  }

  .light {
    display: flex;
    gap: 0.5em;
    font-size: 1rem;
    font-size: 0.68em;
    color: inherit;
    text-decoration: none;
    white-space: normal;
    align-items: flex-start;
    letter-spacing: 0;
  }

  .light:hover strong {
    text-decoration: underline;
  }

  .light .icon {
    width: 1.5em;
    height: 1.5em;
    margin-top: 0.1em;
  }

  .light .more {
    display: block;
    font-size: 0.82em;
    font-weight: 400;
  }

  .panels {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 32em), 1fr));
    gap: 0.8em;
    align-items: start;
  }

  /* One, two or all four: never one alone in a row. */
  .panels.four {
    grid-template-columns: minmax(0, 1fr);
  }

  @container (min-width: 56rem) {
    .panels.four {
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
  }

  @container (min-width: 160rem) {
    .panels.four {
      grid-template-columns: repeat(4, minmax(0, 1fr));
    }
  }

  .panel {
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: 0.5em;
    padding: 0.7em 0.9em 0.8em;
    min-width: 0;
  }

  .panels + .panel,
  .panel + .panels {
    margin-top: 0.8em;
  }

  .panel h2 {
    font-size: 1em;
    font-weight: 600;
    margin-bottom: 0.5em;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.2em 1em;
  }

  .inline {
    display: flex;
    flex-wrap: wrap;
    gap: 0.2em 1.4em;
    margin-bottom: 0.6em;
  }

  .inline dt {
    color: var(--muted);
    font-size: 0.82em;
  }

  .inline dd {
    font-weight: 600;
  }

  .note {
    font-size: 0.92em;
    padding: 0.3em 0;
  }
`;
