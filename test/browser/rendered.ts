import type { Page } from 'playwright-core';
import { NEVER_IN_A_NAME, NEVER_SHOWN } from './hostile.js';

/** What an ops page is made of; whatever else stands in it came from a name. */
const ELEMENTS =
  'a bdi button canvas circle code dd div dl dt fieldset figcaption figure form h1 h2 h3 header input label legend main nav option p path ' +
  'rect section select span strong svg table tbody td th thead time title tr ul li';

/** What one reads or is read out, which must be there to see. */
const READ = 'title aria-label alt placeholder aria-description';

/** Everything inside the dashboard that a name must not be able to bring about, as the browser parsed it. */
export function intrusions(page: Page): Promise<string[]> {
  return page.evaluate(
    ({ elements, read, hidden }) => {
      const known = new Set(elements.split(' '));
      const isRead = new Set(read.split(' '));
      const never = new RegExp(hidden, 'u');
      const found = new Set<string>();
      const check = ({ name, value }: Attr): void => {
        const bad =
          /^(on|srcdoc$|src$|formaction$|action$|xlink)/i.test(name) ||
          // The page itself sets places and sizes.
          (name === 'style' && /url|import|expression/i.test(value)) ||
          (name === 'href' && !value.startsWith('#/')) ||
          (isRead.has(name) && never.test(value));
        if (bad) found.add(`${name}=${JSON.stringify(value)}`);
      };
      for (const { shadowRoot } of document.querySelectorAll('routemeter-dashboard')) {
        for (const element of shadowRoot?.querySelectorAll('*') ?? []) {
          if (!known.has(element.localName)) found.add(`<${element.localName}>`);
          for (const attribute of element.attributes) check(attribute);
          for (const { nodeType, nodeValue } of element.childNodes) {
            if (nodeType === Node.TEXT_NODE && never.test(nodeValue ?? '')) found.add(JSON.stringify(nodeValue));
          }
        }
      }
      if (document.querySelectorAll('body *').length > 2) found.add('something beside the dashboard');
      return [...found];
    },
    { elements: ELEMENTS, read: READ, hidden: NEVER_SHOWN.source },
  );
}

/** What stands in the cells that name something: one text for each row of these lists. */
export function namesIn(page: Page, list: string): Promise<{ key: string; text: string }[]> {
  return page.locator(`[data-row="${list}"]`).evaluateAll((rows) =>
    rows.map((row) => ({
      key: row.getAttribute('data-key') ?? '',
      text: [...row.querySelectorAll('bdi, .empty')].map(({ textContent }) => textContent).join(' '),
    })),
  );
}

/** So much of a name is to be seen at least. */
const READ_LENGTH = 200;

/** Whether a person sees the name: what can be seen of it stands there in its order, and nothing that cannot be seen. */
export function isRead(name: string, text: string): boolean {
  let from = 0;
  for (const piece of name.slice(0, READ_LENGTH).split(NEVER_IN_A_NAME)) {
    from = text.indexOf(piece, from);
    if (from < 0) return false;
    from += piece.length;
  }
  return text !== '' && !NEVER_SHOWN.test(text);
}
