/** Measuring generators in this process, on wasm: `gantry measure`, and whoever else wants figures. */
export { openFeatures, featureFolder, type FeatureOptions, type OpenedFeatures } from './features.ts';
export {
  measureAgainst,
  measureGenerator,
  type Comparison,
  type MeasureAgainst,
  type Measured,
} from '../measure/measure.ts';
export { generatedSamples, realSamples, type Draw } from '../measure/samples.ts';
export { openGenerator, type AnyGenerator } from './generator.ts';
export type { LayersModel } from '../measure/exported-samples.ts';
export type { StoredExamples } from '../data/all-examples.ts';
