/** Lines over two axes that begin at 0, as an SVG that needs nothing else. */
export interface IPlot {
  /** Its file is `docs/bench-NAME.svg`. */
  readonly name: string;
  readonly title: string;
  /** What the axes show, with units. */
  readonly x: string;
  readonly y: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

const [WIDTH, HEIGHT] = [640, 360];
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 620, 50, 305];
const COLOURS = ['#1f6feb', '#d1501f', '#2f8f4e', '#8250df'];
const STEPS = 5;

export function svgOf({ title, x, y, lines }: IPlot): string {
  const points = lines.flatMap((line) => line.points);
  const [endX, endY] = [0, 1].map((axis) => roundUp(Math.max(...points.map((point) => point[axis] ?? 0)))) as [
    number,
    number,
  ];
  const across = (value: number): string => (LEFT + (value / endX) * (RIGHT - LEFT)).toFixed(1);
  const up = (value: number): string => (BOTTOM - (value / endY) * (BOTTOM - TOP)).toFixed(1);
  const steps = Array.from({ length: STEPS + 1 }, (_unused, step) => step / STEPS);
  const parts = [
    ...steps.flatMap((part) => [
      `<path d="M${LEFT} ${up(part * endY)}H${RIGHT}" stroke="#ddd"/>`,
      text(LEFT - 8, Number(up(part * endY)) + 4, 'end', number(part * endY)),
      text(Number(across(part * endX)), BOTTOM + 18, 'middle', number(part * endX)),
    ]),
    `<path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="#333"/>`,
    text(WIDTH / 2, 22, 'middle', title, ' font-weight="bold"'),
    text(LEFT, TOP - 12, 'middle', y),
    text((LEFT + RIGHT) / 2, BOTTOM + 42, 'middle', x),
    ...lines.flatMap((line, index) => {
      const colour = COLOURS[index % COLOURS.length];
      const places = line.points.map(([atX, atY]) => `${across(atX)},${up(atY)}`);
      return [
        `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...places.map((place) => place.split(',')).map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`), // prettier-ignore
        text(LEFT + 14, TOP + 16 + 18 * index, 'start', line.name, ` fill="${colour}"`),
      ];
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

/** To 1, 2, 2.5 or 5 and zeros. */
function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10);
}

const number = (value: number): string => Number(value.toPrecision(6)).toLocaleString('en-US');

function text(x: number, y: number, anchor: string, content: string, more = ''): string {
  const safe = content.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${more}>${safe}</text>`;
}
