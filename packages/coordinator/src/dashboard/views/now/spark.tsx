/** A line without axes: how something went over the last minute. For the eye alone; the number stands beside it. */

/** @param most - what the full height stands for */
export function Spark({ values, most }: { readonly values: readonly number[]; readonly most: number }) {
  const [width, height, places] = [60, 16, 59];
  const y = (value: number): string => (height - 1 - (value / (most || 1)) * (height - 2)).toFixed(1);
  const points = values.map((value, i) => `${places - (values.length - 1 - i)},${y(value)}`);
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}
