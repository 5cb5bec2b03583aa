import type { Address } from '@gantry/shared';

/** Where a drawn example's random numbers live; layers and passes are left to the drawing. */
export type ExampleAddress = Pick<Address, 'seed' | 'step' | 'example'> & {
  readonly purpose: 'example' | 'sampleExample';
};
