/** A coordinator and a bare server, with the same raw clients on both. */
import type { RunConfig } from '@gantry/shared';
import type { Child } from '../harness/children.ts';
import type { Bench } from '../harness/row.ts';
import type { BareServer } from '../processes/bare-server.ts';
import type { Coordinator } from '../processes/coordinator.ts';
import type { RawClients, Server } from '../processes/raw-clients.ts';

export interface Arena {
  readonly coordinator: Child<Coordinator>;
  readonly bare: Child<BareServer>;
  readonly clients: readonly Child<RawClients>[];
}

/** @param each - connections of each process of clients, to each server */
export async function openArena(
  { children, folder, progress }: Bench,
  config: RunConfig,
  processes: number,
  each: number,
): Promise<Arena> {
  progress('starting servers and clients');
  const coordinator = await children.start<Coordinator>('coordinator.ts');
  const bare = await children.start<BareServer>('bare-server.ts');
  const addresses: readonly (readonly [Server, string])[] = [
    ['gantry', await coordinator.ask('open', config, await folder(), processes * each, true)],
    ['bare', await bare.ask('open')],
  ];
  const clients = await Promise.all(
    Array.from({ length: processes }, () => children.start<RawClients>('raw-clients.ts')),
  );
  for (const [server, url] of addresses) {
    // oxlint-disable-next-line no-await-in-loop -- those of the bare server come second
    await Promise.all(clients.map((client) => client.ask('join', server, url, each)));
  }
  await Promise.all(clients.map((client) => client.ask('held', 'gantry')));
  return { coordinator, bare, clients };
}
