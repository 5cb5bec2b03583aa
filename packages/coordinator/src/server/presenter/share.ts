import type { Run } from '../../run/run.ts';
import type { Source } from './source.ts';

/** The configuration, which does not change. */
export const shareSource = ({ config }: Run): Source => ({
  welcome: () => [{ type: 'share', config }],
  tick: () => [],
});
