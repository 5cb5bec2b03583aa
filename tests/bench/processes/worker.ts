/** A headless worker: the session of `gantry work`, which the row that started it can pause. */
import { WebSocket } from 'ws';
import { limits } from '@gantry/shared';
import { fetchBytes } from '../../../packages/worker/src/session/fetch-bytes.ts';
import { startSession } from '../../../packages/worker/src/session/session.ts';
import type { SessionControl } from '../../../packages/worker/src/session/status.ts';
import { chosen, IdleCompute } from '../../support/idle-compute.ts';
import { serve } from '../harness/serve.ts';

let session: SessionControl | null = null;

const commands = {
  /**
   * Resolves when it is tested and can work.
   *
   * @param pace - milliseconds a microbatch in which it sleeps instead of computing
   */
  join(url: string, name: string, pace?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      session = startSession(
        { url, kind: 'headless', name },
        {
          status({ state, detail }) {
            if (state === 'waiting' || state === 'computing') resolve();
            if (state === 'refused' || state === 'unable') reject(new TypeError(detail?.message ?? state));
          },
          sheet: () => undefined,
          token: () => undefined,
        },
        {
          connect: (address) =>
            new WebSocket(address, { perMessageDeflate: false, maxPayload: limits.frame }),
          fetchBytes,
          candidates: ['wasm'],
          ...(pace !== undefined && {
            equip: (model, config) => chosen(new IdleCompute(model, config, pace)),
          }),
        },
      );
    });
  },

  pause: () => session?.setAvailability('paused'),
  resume: () => session?.setAvailability('working'),
};
export type Worker = typeof commands;

serve(commands);
