/** The bundler gives style sheets as text. */
declare module 'uplot/dist/uPlot.min.css' {
  const text: string;
  export default text;
}
