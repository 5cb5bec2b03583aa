export { createChunks, type DatasetChunks } from './chunks.ts';
export type { Dataset, ReadProgress, SkippedImage, WantedSize } from './dataset.ts';
export { openDataset } from './open-dataset.ts';
export { datasetRoutes } from './routes.ts';
