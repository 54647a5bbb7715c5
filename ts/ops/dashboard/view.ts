import type { IRouterStats } from '../../interfaces/stats.js';
import type { Session } from './classes.session.js';
import type { ILocation } from './hash.js';
import type { TemplateResult } from './plugins.js';

export interface IViewContext {
  readonly session: Session;
  /** To be called when what `render()` gives has changed for a reason of the view's own. */
  readonly changed: () => void;
  /** Goes there without a step that one could go back to: for filters. */
  readonly navigate: (hash: string) => void;
}

/** One page. It lives from when it is shown to when another one is. */
export interface IView {
  render(stats: IRouterStats): TemplateResult;
  /** Begins what the view asks for beside the statistics. */
  enter?(): void;
  /** Gives it back. */
  leave?(): void;
  /** The same view, elsewhere: other filters. */
  moved?(location: ILocation): void;
}
