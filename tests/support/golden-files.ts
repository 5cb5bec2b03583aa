/** Reads golden files. */
import { readFileSync } from 'node:fs';
import { readSafetensors, type RunConfig, type SafeTensors } from '@gantry/shared';
import { golden, type Golden, type GoldenName } from './golden.ts';

export const goldenFolder = new URL('../golden/', import.meta.url);

export const goldenFile = (name: GoldenName | 'batch-norm'): SafeTensors =>
  readSafetensors(readFileSync(new URL(`${name}.safetensors`, goldenFolder)));

export const openGolden = (name: GoldenName, config: RunConfig): Golden => golden(goldenFile(name), config);
