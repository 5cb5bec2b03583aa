/** What a model has to know of the configured data: the shape of its examples, and its classes. */
import type { RunConfig } from '../config.ts';

/** Shape of one example of the configured data: [2] for points, else [height, width, channels]. */
export function exampleShape(data: RunConfig['data']): readonly number[] {
  switch (data.source) {
    case 'ring':
    case 'grid':
      return [2];
    case 'digits':
      return [28, 28, 1];
    case 'idx':
    case 'images':
      return [data.height, data.width, data.channels];
  }
}

/** Classes of the configured data's labels; 0 without labels. */
export function classesOf(data: RunConfig['data']): number {
  switch (data.source) {
    case 'ring':
    case 'grid':
      return 0;
    case 'digits':
      return 10;
    case 'idx':
    case 'images':
      return data.classes;
  }
}

/** Names of those classes; a number where a class has no other name. */
export function classNamesOf(data: RunConfig['data']): readonly string[] {
  const names = 'classNames' in data ? data.classNames : undefined;
  return Array.from({ length: classesOf(data) }, (_, label) => names?.[label] ?? String(label));
}
