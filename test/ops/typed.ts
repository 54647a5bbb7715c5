import assert from 'node:assert/strict';
import { TypedRequest, TypedResponseError, TypedTarget } from '@api.global/typedrequest';
import type { TypedRouter } from '@api.global/typedrequest';
import type { TTypedRequest } from '../../ts/interfaces/typedrouter.js';

export const METHODS: readonly TTypedRequest['method'][] = [
  'routemeter.getStats',
  'routemeter.getRoute',
  'routemeter.getConnections',
  'routemeter.getHistory',
  'routemeter.getTop',
  'routemeter.getSystem',
];

// The real package shows every error that a caller gets.
console.error = () => undefined;

/** A caller elsewhere: what it sends and gets goes through JSON. `localData` is what the transport adds. */
export async function fire(
  router: TypedRouter,
  method: string,
  request: unknown,
  localData?: object,
): Promise<unknown> {
  const target = new TypedTarget({
    postMethod: async (payload) => {
      const arrived = JSON.parse(JSON.stringify({ ...payload, request })) as typeof payload;
      const answer = await router.routeAndAddResponse({ ...arrived, localData: { ...localData } });
      return JSON.parse(JSON.stringify(answer)) as typeof payload;
    },
  });
  return new TypedRequest(target, method).fire({});
}

/** The error that a caller gets. */
export async function refused(router: TypedRouter, method: string, request: unknown, localData?: object) {
  try {
    await fire(router, method, request, localData);
  } catch (error) {
    assert.ok(error instanceof TypedResponseError, String(error));
    return { text: error.errorText, data: error.errorData as unknown };
  }
  return assert.fail(`${method} was answered`);
}
