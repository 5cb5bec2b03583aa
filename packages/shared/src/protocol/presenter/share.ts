/** What a presenter's page needs to say how the run is repeated. */
import { z } from 'zod';
import { configSchema } from '../../config.ts';

/** Once, after the hello. */
export const presenterShare = z.strictObject({ type: z.literal('share'), config: configSchema });

/** What can be saved from the Share view, by file name: `GET /present/download/NAME`, with the presenter's token. */
export const downloads = [
  'generator-tfjs.zip',
  'generator.safetensors',
  'samples.zip',
  'curves.csv',
  'report.html',
  'config.json',
] as const;
export type Download = (typeof downloads)[number];
