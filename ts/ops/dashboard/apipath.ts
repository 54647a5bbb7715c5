/** One more than the API takes: it says itself that it is too long, and the request stays one that can be sent. */
const LONGEST = { route: 1_001, client: 65 } as const;

/** A path of the API with its query. Texts come from the address, which anybody may have written. */
export function apiPath(path: string, params: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(params);
  for (const [name, longest] of Object.entries(LONGEST)) {
    const value = query.get(name);
    if (value !== null) query.set(name, value.slice(0, longest));
  }
  return `${path}?${query.toString()}`;
}
