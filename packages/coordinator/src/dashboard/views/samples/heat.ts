/** The discriminator's scores as colours: dark where it is undecided. */
import { isLogit, type PresenterHello } from '@gantry/shared';

export interface HeatScale {
  /** −1: surely generated, 0: undecided, 1: surely real. */
  readonly place: (score: number) => number;
  /** Whether places are those of a probability; else scores have a scale of their own, and only more or less is meant. */
  readonly probability: boolean;
  /** The scores at −1, 0 and 1; of a probability 0, ½ and 1. */
  readonly ends: readonly [number, number, number];
}

/** The score between targets, where there are such; 0 where scores have no zero of their own. */
const middles: Readonly<Record<PresenterHello['loss'], number | null>> = {
  'non-saturating': 0,
  'least-squares': 0.5,
  hinge: 0,
  wasserstein: null,
  relativistic: null,
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** @param scores - all that are seen: a critic's are spread from the lowest to the highest */
export function heatScale(loss: PresenterHello['loss'], scores: readonly number[]): HeatScale {
  if (isLogit(loss)) {
    return { place: (score) => 2 * sigmoid(score) - 1, probability: true, ends: [0, 0.5, 1] };
  }
  const low = Math.min(...scores);
  const high = Math.max(...scores);
  const middle = middles[loss] ?? (low + high) / 2;
  const reach = Math.max(high - middle, middle - low, 1e-9);
  return {
    place: (score) => Math.max(-1, Math.min(1, (score - middle) / reach)),
    probability: false,
    ends: [middle - reach, middle, middle + reach],
  };
}

type Colour = readonly [number, number, number];

/** Violet, nearly black, amber: apart in lightness and for all kinds of colour vision, and not the colours of points. */
const stops: readonly Colour[] = [
  [108, 76, 168],
  [22, 24, 32],
  [176, 112, 24],
];

/** @param place - from −1 to 1 @returns red, green, blue from 0 to 255 */
export function heatColour(place: number): Colour {
  const from = stops[place < 0 ? 0 : 2];
  const share = Math.abs(place);
  const mixed = (channel: 0 | 1 | 2): number =>
    Math.round(share * from[channel] + (1 - share) * stops[1][channel]);
  return [mixed(0), mixed(1), mixed(2)];
}
