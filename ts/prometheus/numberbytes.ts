import { formatValue } from './format.js';

/** The most bytes that a number takes. */
export const NUMBER_LENGTH = 31;
const ZERO = 48;

/** How many digits a small whole number has, which nearly all are; of any other number its text. */
export function numberText(value: number): number | string {
  if ((value | 0) !== value || value < 0 || Object.is(value, -0)) return formatValue(value);
  let digits = 1;
  for (let rest = value | 0; rest >= 10; rest = (rest / 10) | 0) digits++;
  return digits;
}

export const widthOf = (text: number | string): number => (typeof text === 'number' ? text : text.length);

/** Writes a number of which `text` is what `numberText` said. */
export function putNumber(bytes: Uint8Array, at: number, value: number, text: number | string): void {
  if (typeof text === 'string') {
    for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
    return;
  }
  // As an integer: then the division below is a multiplication.
  let rest = value | 0;
  for (let place = at + text - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    bytes[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}
