/**
 * The 2-D mixtures and how well samples cover them.
 *
 * Definitions as in A. Srivastava et al., "VEEGAN: reducing mode collapse in GANs using implicit variational
 * learning", NeurIPS 2017, and Z. Lin et al., "PacGAN", NeurIPS 2018: a sample is of high quality within three
 * standard deviations of its nearest centre; a mode is captured with at least one such sample. A perfect
 * generator scores 1 − e^(−4.5) = 0.989.
 */
export interface Mixture {
  /** Centres, [x, y]. */
  readonly centres: readonly (readonly [number, number])[];
  /** Standard deviation of each component, in both directions. */
  readonly deviation: number;
}

const half = Math.SQRT1_2;
/** Eight Gaussians on the unit circle. */
export const ring: Mixture = {
  centres: [
    [1, 0],
    [half, half],
    [0, 1],
    [-half, half],
    [-1, 0],
    [-half, -half],
    [0, -1],
    [half, -half],
  ],
  deviation: 0.01,
};

/** Twenty-five Gaussians at {−4, −2, 0, 2, 4}². */
export const grid: Mixture = {
  centres: [-4, -2, 0, 2, 4].flatMap((x) => [-4, -2, 0, 2, 4].map((y) => [x, y] as const)),
  deviation: 0.05,
};

export const mixtures = { ring, grid } as const;

export interface MixtureScore {
  /** Captured modes. */
  readonly modes: number;
  /** Share of high-quality samples, 0 to 1. */
  readonly highQuality: number;
  readonly samples: number;
}

/** @param points - float32 [n, 2] */
export function scoreMixture(mixture: Mixture, points: Float32Array): MixtureScore {
  const samples = points.length / 2;
  const captured = new Set<number>();
  const reach = (3 * mixture.deviation) ** 2;
  let good = 0;
  for (let i = 0; i < points.length; i += 2) {
    const { centre, distance } = nearestCentre(mixture, points[i], points[i + 1]);
    if (distance > reach) continue;
    good += 1;
    captured.add(centre);
  }
  return { modes: captured.size, highQuality: samples === 0 ? 0 : good / samples, samples };
}

/**
 * How many samples are nearest to each centre, however far from it: a histogram that tells also of samples that are of
 * no high quality which mode they went to. Points that are not numbers are not counted.
 *
 * @param points - float32 [n, 2]
 * @returns by centre
 */
export function modeHistogram(mixture: Mixture, points: Float32Array): Float64Array {
  const counts = new Float64Array(mixture.centres.length);
  for (let i = 0; i < points.length; i += 2) {
    const { centre } = nearestCentre(mixture, points[i], points[i + 1]);
    if (centre >= 0) counts[centre] += 1;
  }
  return counts;
}

/** The nearest centre's number, −1 for what is no point; and the squared distance, Infinity then. */
function nearestCentre(
  { centres }: Mixture,
  x: number,
  y: number,
): { readonly centre: number; readonly distance: number } {
  let centre = -1;
  let distance = Infinity;
  for (let index = 0; index < centres.length; index++) {
    const [cx, cy] = centres[index];
    const squared = (x - cx) ** 2 + (y - cy) ** 2;
    if (squared < distance) {
      distance = squared;
      centre = index;
    }
  }
  return { centre, distance };
}
