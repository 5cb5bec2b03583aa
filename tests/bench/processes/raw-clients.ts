/**
 * Workers that compute nothing, many to a process: they answer leases with frames made beforehand, at once or when told.
 * The same do it for a bare server, so that both servers get the same bytes from senders that do the same.
 */
import { monotonic } from '../harness/monotonic.ts';
import { serve } from '../harness/serve.ts';
import { RawConnection, Templates } from '../raw/connection.ts';

export type Server = 'gantry' | 'bare';

const templates = new Templates();
const connections: Record<Server, RawConnection[]> = { gantry: [], bare: [] };
/** Answers to Gantry's latest leases, for the bare server to get the same. */
let sent: readonly (readonly Uint8Array<ArrayBuffer>[])[] = [];

/** Bytes that one connection writes before the next has its turn. */
const turn = 64 * 1024;

const commands = {
  /** Connects and passes for tested. Those of the bare server come second: they are of the same run. */
  async join(server: Server, url: string, count: number): Promise<void> {
    const welcome = server === 'bare' ? connections.gantry[0].welcome : null;
    connections[server] = await Promise.all(
      Array.from({ length: count }, () => RawConnection.open(url, templates, welcome)),
    );
    if (server === 'gantry') for (const connection of connections.gantry) connection.ready();
  },

  /** Whether leases are answered at once. Those held are answered now. */
  automatic(server: Server, on: boolean): void {
    for (const connection of connections[server]) {
      connection.automatic = on;
      if (on) connection.answer();
    }
  },

  /** Resolves when all hold a lease, their answers ready. @returns bytes of all answers, and when the last lease came */
  async held(server: Server): Promise<{ readonly bytes: number; readonly at: number }> {
    const all = connections[server];
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!all.every(({ prepared }) => prepared !== null)) return;
        for (const connection of all) connection.onLease = () => undefined;
        resolve();
      };
      for (const connection of all) connection.onLease = look;
      look();
    });
    const bytes = all.flatMap(({ prepared }) => prepared ?? []).reduce((sum, { length }) => sum + length, 0);
    return { bytes, at: Math.max(...all.map(({ leasedAt }) => leasedAt)) };
  },

  /** Forgets leases, so that the next ones are waited for. */
  forget(server: Server): void {
    for (const connection of connections[server]) connection.prepared = null;
  },

  /** All answer their leases to Gantry. @returns when they began */
  answer(): number {
    const { gantry } = connections;
    sent = gantry.map(({ prepared }) => prepared ?? []);
    const began = monotonic();
    for (const connection of gantry) connection.answer();
    return began;
  },

  /** The same bytes to the bare server. @returns when they began */
  answerBare(): number {
    const began = monotonic();
    connections.bare.forEach((connection, i) => connection.write(sent[i]));
    return began;
  },

  /** All answer at the same time, a little each in turn, as many machines would: the server holds a part of each. */
  async answerInTurns(): Promise<void> {
    const { gantry } = connections;
    const rests = gantry.map(({ prepared }) => turns(prepared ?? []));
    for (const connection of gantry) connection.prepared = null;
    for (let i = 0; rests.some((rest) => i < rest.length); i++) {
      // oxlint-disable-next-line no-await-in-loop -- one turn after the other
      await Promise.all(
        gantry.flatMap((connection, c) => (i < rests[c].length ? [connection.drained(rests[c][i])] : [])),
      );
    }
  },
};
export type RawClients = typeof commands;

const turns = (parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] =>
  parts.flatMap((part) =>
    Array.from({ length: Math.ceil(part.length / turn) }, (_, i) => part.subarray(i * turn, (i + 1) * turn)),
  );

serve(commands);
