/** Which part of a network's gradient belongs to which layer, and how large it is. */
import { scaleAndSquare, type NetworkPlan } from '@gantry/shared';

/** A layer's part of the gradient, [from, to); the parameters of one layer lie side by side. */
export interface LayerSpan {
  /** `conv1`, or `block1/conv0` inside a block. */
  readonly layer: string;
  readonly from: number;
  readonly to: number;
}

/** Of all layers that train, in layer order; together they are the whole gradient. */
export function layerSpans(network: NetworkPlan): readonly LayerSpan[] {
  const spans: LayerSpan[] = [];
  for (const { name, offset, size, trainable } of network.parameters) {
    if (!trainable) continue;
    const layer = name.slice(0, name.lastIndexOf('/'));
    const last = spans.at(-1);
    if (last?.layer === layer) spans[spans.length - 1] = { ...last, to: offset + size };
    else spans.push({ layer, from: offset, to: offset + size });
  }
  return spans;
}

/**
 * Turns the sum of a gradient into its mean, in place, and measures it on the way.
 *
 * @param gradient - float32 [trainableCount], written
 * @param norms - float64 [spans], written: the Euclidean norm of each layer's part of the mean
 * @returns the sum of all squares; not finite where the gradient is not
 */
export function meanAndNorms(
  gradient: Float32Array,
  scale: number,
  spans: readonly LayerSpan[],
  norms: Float64Array,
): number {
  let total = 0;
  for (let layer = 0; layer < spans.length; layer++) {
    const { from, to } = spans[layer];
    const squares = scaleAndSquare(gradient, scale, from, to);
    norms[layer] = Math.sqrt(squares);
    total += squares;
  }
  return total;
}
