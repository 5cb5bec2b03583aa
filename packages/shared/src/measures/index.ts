/** Measures of a generator that pages do not need: what they load stays small. */
export * from './feature-moments.ts';
export * from './feature-set.ts';
export * from './figures.ts';
export * from './frechet.ts';
export * from './histogram.ts';
export * from './kernel-distance.ts';
export * from './manifold.ts';
