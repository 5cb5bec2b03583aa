/** Layers as architectures name and use them. */
import type { LayerSpec } from '../spec.ts';

/** Batch norm, or nothing. */
export const batchNormIf = (wanted: boolean, name: string): LayerSpec[] =>
  wanted ? [{ type: 'batchNorm', name }] : [];

/** What a discriminator that judges `size` examples together does with them first. */
export const packIf = (size: number): LayerSpec[] => (size > 1 ? [{ type: 'pack', name: 'pack', size }] : []);

export const relu = (name: string): LayerSpec & { type: 'activation' } => ({
  type: 'activation',
  name,
  kind: 'relu',
});

export const leakyRelu = (name: string): LayerSpec & { type: 'activation' } => ({
  type: 'activation',
  name,
  kind: 'leakyRelu',
  slope: 0.2,
});
