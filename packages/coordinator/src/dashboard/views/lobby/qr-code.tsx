/** Draws a QR code from rows of 0 and 1 (dark), black on white, with the margin that readers need. */

const margin = 4;

export function QrCode({ rows, label }: { readonly rows: readonly string[]; readonly label: string }) {
  const side = rows.length + 2 * margin;
  const path = rows
    .flatMap((row, y) => [...row.matchAll(/1+/g)].map((run) => ({ x: run.index, y, length: run[0].length })))
    .map(({ x, y, length }) => `M${x + margin} ${y + margin}h${length}v1h${-length}z`)
    .join('');
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${side} ${side}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
