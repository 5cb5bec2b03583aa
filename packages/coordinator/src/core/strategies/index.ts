/** The strategies that a configuration can name. */
import type { CoreSettings } from '../types.ts';
import { asynchronous } from './asynchronous.ts';
import { local } from './local.ts';
import type { Strategy } from './strategy.ts';
import { synchronous } from './synchronous.ts';

export function strategyOf({ strategy }: Pick<CoreSettings, 'strategy'>): Strategy {
  switch (strategy.kind) {
    case 'synchronous':
      return synchronous;
    case 'local':
      return local(strategy);
    case 'asynchronous':
      return asynchronous(strategy);
  }
}
