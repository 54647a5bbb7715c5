import type { IListedConnection } from '../../../interfaces/ops.js';
import { figure, noFigure } from '../components/figure.js';
import type { IColumn } from '../components/table.js';
import { text } from '../components/text.js';
import { timeOf } from '../components/time.js';
import { bytes, seconds } from '../format.js';
import type { IFormatted } from '../format.js';
import { routeHash } from '../hash.js';
import { html } from '../plugins.js';
import * as why from '../reasons.js';

type TColumn = IColumn<IListedConnection>;

/** The columns of a list of open connections. Those that one can sort by have the names that the API sorts by. */
export function connectionColumns(now: number, withRoute: boolean): TColumn[] {
  return [
    { id: 'connectionId', label: 'Id', cell: ({ connectionId }) => figure('connectionId', connectionId, plain, '') },
    ...(withRoute ? [ROUTE] : []),
    { id: 'type', label: 'Type', cell: ({ type }) => html`<span data-figure="type" data-value=${type}>${type}</span>` },
    {
      ...{ id: 'clientIp', label: 'Client' },
      cell: ({ clientIp }) => (clientIp === null ? noFigure('clientIp', why.NO_ADDRESS) : named('clientIp', clientIp)),
    },
    {
      ...{ id: 'domain', label: 'Server name', hint: 'The server name that the client asked for (TLS)' },
      cell: ({ domain }) => (domain === undefined ? noFigure('domain', why.NO_NAME) : named('domain', domain)),
    },
    { id: 'port', label: 'Port', numeric: true, cell: ({ port }) => figure('port', port, plain, why.NOT_TOLD) },
    { id: 'openedAt', label: 'Opened', cell: ({ openedAt }) => timeOf('openedAt', openedAt, now) },
    {
      ...{ id: 'age', label: 'Age', numeric: true, sortBy: ({ ageSeconds }) => ageSeconds },
      cell: ({ ageSeconds }) => figure('ageSeconds', ageSeconds, seconds, ''),
    },
    amount('bytesIn', 'In', ({ bytesIn }) => bytesIn),
    amount('bytesOut', 'Out', ({ bytesOut }) => bytesOut),
    amount('bytes', 'Both', ({ bytesIn, bytesOut }) => bytesIn + bytesOut),
    amount('sendQueue', 'Send queue', ({ sendQueue }) => sendQueue),
    {
      ...{ id: 'halfOpen', label: 'Half open', hint: 'One side has ended, the other has not' },
      cell: ({ halfOpen }) =>
        html`<span data-figure="halfOpen" data-value=${halfOpen}>${halfOpen ? 'half open' : ''}</span>`,
    },
  ];
}

/** Numbers that are names: no separators. */
const plain = (value: number): IFormatted => ({ value: String(value), unit: '', exact: String(value) });

const named = (name: string, value: string): unknown =>
  html`<span data-figure=${name} data-value=${value}>${text(value)}</span>`;

const ROUTE: TColumn = {
  ...{ id: 'routeName', label: 'Route' },
  cell: ({ routeName }) =>
    html`<a data-figure="routeName" data-value=${routeName} href=${routeHash(routeName)}>${text(routeName)}</a>`,
};

const amount = (id: string, label: string, read: (connection: IListedConnection) => number): TColumn => ({
  ...{ id, label, numeric: true, sortBy: read },
  cell: (connection) => figure(id, read(connection), bytes, ''),
});
