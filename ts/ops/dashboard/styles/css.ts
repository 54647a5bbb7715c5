/** Style sheets as text. The name is what editors and formatters know them by. */
export const css = (text: TemplateStringsArray): string => text.join('');
