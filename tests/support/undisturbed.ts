/** What a disturbed run is compared with. */
import { RunDirectory } from '../../packages/coordinator/src/run/directory.ts';
import { claiming, trainInProcess } from './in-process.ts';

/** One at a time: they share this process's TensorFlow.js. */
let before: Promise<unknown> = Promise.resolve();

/**
 * Trains what the run in `directory` trained, from its beginning, with one worker that nothing happens to. In this process,
 * since a coordinator and a worker of their own take longer to start than short runs take.
 *
 * @returns its directory
 */
export function trainUndisturbed(directory: string): Promise<string> {
  const trained = before.then(async () => {
    const undisturbed = new RunDirectory(`${directory}-undisturbed`);
    const config = await new RunDirectory(directory).readConfig();
    await trainInProcess({ config, platforms: [claiming(1)], directory: undisturbed });
    return undisturbed.path;
  });
  before = trained.catch(() => undefined);
  return trained;
}
