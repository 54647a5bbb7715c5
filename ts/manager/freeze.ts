/** Freezes plain data to its leaves. What is frozen already is taken to be so all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) {
    // Long series of numbers: not a call for each.
    if (typeof child === 'object') deepFreeze(child);
  }
  return value;
}
