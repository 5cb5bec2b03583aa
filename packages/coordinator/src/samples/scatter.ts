/** Real and generated points of a 2-D mixture as an SVG drawing. */
import { reachOf, type Mixture } from '@gantry/shared';

/** Pixels; the legend stands above the square of the points. */
const side = 600;
const legendHeight = 32;
/** Radii of points: the real ones stand out around the generated ones, even where both fall together. */
const realRadius = 4;
const generatedRadius = 1.4;
/** Of Okabe and Ito's colours, which people who confuse red and green can tell apart. */
const realColour = '#56b4e9';
const generatedColour = '#d55e00';
const ringColour = '#0072b2';

/**
 * The letters of the legend as strokes in a box 4 wide and 6 high, with the baseline at 6: servers often have
 * no fonts, and text would come out as empty boxes.
 */
const letters: Readonly<Record<string, string>> = {
  a: 'M0 3a2 1.6 0 0 1 4 0V6M4 4.6A2 1.4 0 1 1 4 4.4',
  d: 'M4 0V6M4 4A2 2 0 1 1 4 3.99',
  e: 'M0 4H4A2 2 0 1 0 3.4 5.4',
  g: 'M4 2V6.6A2 1.6 0 0 1 .3 7.2M4 4A2 2 0 1 1 4 3.99',
  l: 'M2 0V6',
  n: 'M0 6V2M0 4A2 2 0 0 1 4 4V6',
  r: 'M.6 6V2M.6 4A2 2 0 0 1 3.4 2.3',
  t: 'M2 .6V5Q2 6 3.4 6M.6 2H3.4',
};

const word = (text: string, x: number, y: number): string =>
  Array.from(
    text,
    (letter, i) => `<path transform="translate(${x + i * 12} ${y}) scale(2)" d="${letters[letter]}"/>`,
  ).join('');

const onSheet = (value: number, half: number): number => ((value / half + 1) / 2) * side;

/**
 * Points as one path of dots. A line without length and with round ends is a dot, in a tenth of the text that
 * a circle takes. Points beyond the edge are drawn on it, those that are not numbers nowhere.
 */
function dots(points: Float32Array, half: number, radius: number): string {
  const place = (value: number): number => Math.min(side - radius, Math.max(radius, onSheet(value, half)));
  let path = '';
  for (let i = 0; i + 1 < points.length; i += 2) {
    if (Number.isNaN(points[i]) || Number.isNaN(points[i + 1])) continue;
    path += `M${place(points[i]).toFixed(1)} ${place(-points[i + 1]).toFixed(1)}h0`;
  }
  return path;
}

/** Three standard deviations around each centre: what counts as a sample of high quality. */
const rings = (mixture: Mixture, half: number): string =>
  mixture.centres
    .map(([x, y]) => {
      const radius = Math.max(4, ((3 * mixture.deviation) / half / 2) * side);
      return `<circle cx="${onSheet(x, half)}" cy="${onSheet(-y, half)}" r="${radius.toFixed(1)}"/>`;
    })
    .join('');

/**
 * @param generated - float32 [n, 2]
 * @param real - float32 [m, 2]
 * @returns an SVG document, 600 × 632; y points up
 */
export function scatter(mixture: Mixture, generated: Float32Array, real: Float32Array): string {
  const half = reachOf(mixture);
  const cloud = (points: Float32Array, colour: string, radius: number): string =>
    `<path d="${dots(points, half, radius)}" stroke="${colour}" stroke-width="${2 * radius}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side + legendHeight}" fill="none" stroke-linecap="round">
<rect width="100%" height="100%" fill="#ffffff"/>
<g stroke="#333333" stroke-width="0.8">${word('real', 36, 9)}${word('generated', 132, 9)}</g>
<path d="M22 17h0" stroke="${realColour}" stroke-width="12"/>
<path d="M118 17h0" stroke="${generatedColour}" stroke-width="12"/>
<path d="M0 ${legendHeight}h${side}" stroke="#cccccc"/>
<g transform="translate(0 ${legendHeight})">
<path d="M${side / 2} 0v${side}M0 ${side / 2}h${side}" stroke="#eeeeee"/>
${cloud(real, realColour, realRadius)}
${cloud(generated, generatedColour, generatedRadius)}
<g stroke="${ringColour}" stroke-width="1.5">${rings(mixture, half)}</g>
</g>
</svg>`;
}
