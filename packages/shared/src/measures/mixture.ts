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
    let nearest = -1;
    let least = Infinity;
    mixture.centres.forEach(([x, y], index) => {
      const distance = (points[i] - x) ** 2 + (points[i + 1] - y) ** 2;
      if (distance < least) {
        least = distance;
        nearest = index;
      }
    });
    if (least <= reach) {
      good += 1;
      captured.add(nearest);
    }
  }
  return { modes: captured.size, highQuality: samples === 0 ? 0 : good / samples, samples };
}
