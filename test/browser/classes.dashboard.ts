import assert from 'node:assert/strict';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { until } from '../helpers/wait.js';

export const VIEWS = ['overview', 'routes', 'dns', 'connections', 'events', 'system'] as const;
export type TView = (typeof VIEWS)[number];

export interface IOpenOptions {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** Figures are told in the viewer's zone: one that no machine is set to by chance. */
export const TIME_ZONE = 'Asia/Kathmandu';

/** A browser tab with the dashboard, and everything in it that must not be. */
export class Dashboard {
  readonly page: Page;
  readonly origin: string;
  /** Console errors and warnings, uncaught errors, CSP reports, dialogs, requests elsewhere. */
  readonly troubles: string[] = [];
  /** Paths of the requests that were made, in order. */
  readonly requests: string[] = [];
  /** The last JSON that the page got from each path. */
  readonly answers = new Map<string, unknown>();
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.#context = context;
    this.page = page;
    this.origin = origin;
  }

  static async open(browser: Browser, url: string, options: IOpenOptions = {}): Promise<Dashboard> {
    const { theme = 'light', width = 1280, height = 900 } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: 'reduce',
      timezoneId: TIME_ZONE,
    });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const dashboard = new Dashboard(context, page, new URL(url).origin);
    await dashboard.#watch();
    await page.goto(url);
    return dashboard;
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  /** By the page's own navigation. */
  async show(view: TView): Promise<void> {
    await this.page.locator(`nav a[href="#/${view}"]`).click();
    await this.page.locator(`[data-view="${view}"]`).waitFor();
  }

  /** The page has figures of the router, not only its frame. */
  async live(): Promise<void> {
    await until(() => this.answers.has('/api/stats'), 'the page to get statistics');
    await this.page.locator('[data-state="live"]').waitFor();
  }

  /** The view of events hears the router. */
  async streaming(): Promise<void> {
    await this.page.locator('[data-figure="stream"][data-value="connected"]').waitFor();
  }

  /** Nothing happened since the last look that must not; what `expected` matches is left out. */
  assertClean(expected: RegExp = /(?!)/): void {
    assert.deepEqual(
      this.troubles.splice(0).filter((trouble) => !expected.test(trouble)),
      [],
    );
  }

  async #watch(): Promise<void> {
    const { page, troubles } = this;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) troubles.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => troubles.push(`uncaught: ${error.message}`));
    page.on('dialog', (dialog) => {
      troubles.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('popup', () => troubles.push('a window was opened'));
    page.on('request', (request) => {
      const { origin, protocol, pathname } = new URL(request.url());
      if (protocol === 'data:') return;
      if (origin === this.origin) this.requests.push(pathname);
      else troubles.push(`request elsewhere: ${request.url()}`);
    });
    page.on('websocket', (socket) => troubles.push(`web socket: ${socket.url()}`));
    page.on('response', (response) => {
      if (response.status() !== 200 || !response.headers()['content-type']?.startsWith('application/json')) return;
      const { pathname } = new URL(response.url());
      // The body is gone where the page has moved on meanwhile.
      void response.json().then(
        (body: unknown) => this.answers.set(pathname, body),
        () => undefined,
      );
    });
    await page.exposeFunction('__told', (what: string) => troubles.push(what));
    await page.addInitScript(watchInPage);
  }
}

/** Runs in the page before anything of it. */
function watchInPage(): void {
  const page = globalThis as unknown as { __told: (what: string) => void; __name?: unknown; __pwned?: unknown };
  // What compiles the tests wraps named functions with this.
  page.__name ??= (value: unknown) => value;
  Object.defineProperty(page, '__pwned', {
    get: () => () => page.__told('a name was run'),
    set: () => page.__told('a name was run'),
  });
  document.addEventListener('securitypolicyviolation', (event) => {
    page.__told(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  });
}
