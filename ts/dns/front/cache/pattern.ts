/** What minimatch reads as more than letters, `*` and `?`. */
const BEYOND = /^[!#]|[[{(\\/]/;

/** Letters as DNS folds them (RFC 4343): ASCII only. */
const fold = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

const withoutFinalDot = (text: string): string => (text.endsWith('.') ? text.slice(0, -1) : text);

/** `*` is any run of characters, `?` is one. Its time is at most the product of both lengths. */
function globMatches(pattern: string, name: string): boolean {
  let at = 0;
  let wanted = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const sign = pattern[wanted];
    if (sign === '*') {
      star = wanted++;
      resume = at;
    } else if (sign !== undefined && (sign === '?' || sign === name[at])) {
      wanted++;
      at++;
    } else if (star >= 0) {
      wanted = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[wanted] === '*') wanted++;
  return wanted === pattern.length;
}

/**
 * Tells which names a handler's pattern may match, whatever their case: each that SmartDNS (minimatch) would match, and
 * rarely more. To drop too much costs a question, to drop too little serves what is no longer true; so a pattern with
 * braces, brackets, negation or the like stands for every name, and a name with a slash is dropped by every pattern.
 */
export function patternMatcher(pattern: string): (name: string) => boolean {
  // A caller without types may give anything; SmartDNS complains of it when the next query comes.
  if (typeof pattern !== 'string' || BEYOND.test(pattern)) return () => true;
  const wanted = fold(pattern);
  const bare = withoutFinalDot(wanted);
  return (name) => {
    // To minimatch a slash (RFC 2317 has names with it) parts a path, with rules of its own.
    if (name.includes('/')) return true;
    const given = fold(name);
    return globMatches(wanted, given) || globMatches(bare, withoutFinalDot(given));
  };
}
