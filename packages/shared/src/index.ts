// oxlint-disable-next-line import/no-unassigned-import -- it configures zod before any schema is made
import './validation.ts';

export * from './balance.ts';
export * from './checksum.ts';
export * from './config.ts';
export * from './errors.ts';
export * from './format.ts';
export * from './measures/mixture.ts';
export * from './model/architectures/index.ts';
export * from './model/initial.ts';
export * from './model/exchanges.ts';
export * from './model/plan.ts';
export * from './model/spec.ts';
export * from './moments.ts';
export * from './presets.ts';
export * from './protocol/frame.ts';
export * from './protocol/limits.ts';
export * from './protocol/messages.ts';
export * from './protocol/presenter.ts';
export * from './protocol/replica.ts';
export * from './protocol/update.ts';
export * from './random/draw.ts';
export * from './random/permutation.ts';
export * from './random/philox.ts';
export * from './safetensors.ts';
export * from './schedule.ts';
export * from './summary.ts';
