import { css } from './css.js';

/** Fields and buttons. */
export const controls = css`
  button,
  input,
  select {
    font: inherit;
    color: inherit;
    min-height: 2.1em;
    border-radius: 0.4em;
    border: 1px solid var(--control);
    background: var(--surface);
    padding: 0.15em 0.6em;
    max-width: 100%;
  }

  button {
    cursor: pointer;
  }

  button:hover:not(:disabled) {
    background: var(--raised);
  }

  button:disabled {
    color: var(--muted);
    border-color: var(--line);
    cursor: default;
  }

  button.primary {
    background: var(--accent);
    border-color: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }

  button.primary:hover {
    filter: brightness(1.08);
  }

  .filters {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 0.5em 0.9em;
    margin-bottom: 0.7em;
  }

  .filters label {
    display: grid;
    grid-template-columns: minmax(0, 20em);
    max-width: 100%;
    gap: 0.1em;
    font-size: 0.86em;
    color: var(--muted);
    min-width: 0;
  }

  .filters :is(input, select) {
    width: 100%;
    color: var(--text);
    font-size: 1.1em;
  }

  .pages {
    display: flex;
    gap: 0.6em;
    margin-top: 0.7em;
  }

  .failure,
  .state {
    display: flex;
    align-items: center;
    gap: 0.45em;
  }

  .failure {
    padding: 0.3em 0 0.6em;
  }

  .state {
    display: inline-flex;
  }

  fieldset {
    display: flex;
    flex-wrap: wrap;
    gap: 0.1em 0.9em;
    border: 0;
    padding: 0;
    margin: 0;
    min-width: 0;
    font-size: 0.9em;
  }

  legend {
    color: var(--muted);
    font-size: 0.96em;
    padding: 0;
  }

  .filters label.check {
    display: inline-flex;
    align-items: center;
    gap: 0.35em;
    color: var(--text);
    font-size: 1em;
    min-height: 1.9em;
  }

  .filters .check input {
    width: auto;
    min-height: 0;
    margin: 0;
    accent-color: var(--accent);
  }

  .bar-of-buttons {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.4em 0.7em;
    margin-bottom: 0.7em;
  }

  form.token {
    max-width: 28em;
    display: grid;
    gap: 0.8em;
    margin: 2em auto;
    padding: 1.2em 1.4em 1.4em;
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: 0.6em;
  }

  form.token h2 {
    font-size: 1.1em;
  }

  form.token label {
    display: grid;
    gap: 0.2em;
  }

  .wrong {
    display: flex;
    align-items: center;
    gap: 0.5em;
    color: var(--bad);
  }
`;
