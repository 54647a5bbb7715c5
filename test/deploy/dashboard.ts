import { readFileSync } from 'node:fs';

export interface IDatasourceRef {
  readonly type: string;
  readonly uid: string;
}

export interface ITarget {
  readonly expr: string;
  readonly refId: string;
  readonly format: string;
  readonly legendFormat: string;
  readonly datasource: IDatasourceRef;
}

export interface IPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly collapsed?: boolean;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: IDatasourceRef;
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string };
    readonly overrides: readonly { readonly properties: readonly { readonly id: string }[] }[];
  };
  readonly options?: { readonly yAxis?: { readonly unit?: string } };
  readonly targets?: readonly ITarget[];
  readonly panels?: readonly IPanel[];
}

export interface IVariable {
  readonly name: string;
  readonly type: string;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly query: string | { readonly query: string };
}

/** What of a Grafana dashboard is looked at here. */
export interface IDashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly IPanel[];
  readonly templating: { readonly list: readonly IVariable[] };
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
}

export function readDashboard(): IDashboard {
  return JSON.parse(
    readFileSync(new URL('../../deploy/grafana/routemeter.json', import.meta.url), 'utf8'),
  ) as IDashboard;
}

/** Rows, and panels wherever they are: those of a closed row are inside it. */
export const allPanels = ({ panels }: IDashboard): IPanel[] =>
  panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);

/** Panels that show something. */
export const shownPanels = (dashboard: IDashboard): IPanel[] =>
  allPanels(dashboard).filter(({ type }) => type !== 'row');

/** The expression as Grafana sends it for one job, with every instance and route selected. */
export function substituted(expression: string, job: string): string {
  const values: Readonly<Record<string, string>> = {
    job,
    instance: '.*',
    route: '.*',
    __rate_interval: '30s',
    __range: '5m',
  };
  return expression.replaceAll(/\$(\w+)/g, (whole, name: string) => values[name] ?? whole);
}
