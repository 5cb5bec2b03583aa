/** The child's side of `children.ts`: answers commands, and ends with whoever started it. */
import { errorText } from '@gantry/shared';

/** Functions by name; arguments and results are copied between processes. */
export type Commands = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface Question {
  readonly id: number;
  readonly command: string;
  readonly args: readonly unknown[];
}

export type Answer =
  { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string };

/** Call once, with everything the process can do. */
export function serve(commands: Commands): void {
  process.on('message', (question: Question) => void answer(commands, question));
  // However the parent ended, the channel to it closes.
  process.once('disconnect', () => process.exit(0));
  // Ctrl-C in a terminal reaches all its processes; the parent tells this one when to go.
  process.on('SIGINT', () => undefined);
  process.send?.({ id: 0, result: 'ready' } satisfies Answer);
}

async function answer(commands: Commands, { id, command, args }: Question): Promise<void> {
  let found: Answer;
  try {
    found = { id, result: await (commands[command] as (...given: readonly unknown[]) => unknown)(...args) };
  } catch (error) {
    found = { id, error: error instanceof Error ? (error.stack ?? error.message) : errorText(error) };
  }
  process.send?.(found);
}
