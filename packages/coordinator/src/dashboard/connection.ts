/** The socket of the presenter's page: says hello, checks what comes, and connects again when it breaks. */
import { errorRegistry, presenterMessage, type PresenterAction, type PresenterMessage } from '@gantry/shared';

export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** `retryAt`: as `performance.now()`. */
  | { readonly state: 'lost'; readonly retryAt: number }
  /** Trying again by itself would not help. */
  | { readonly state: 'refused'; readonly reason: Refusal };

/** Why the coordinator would not have this page; where it is none of these, its close code. */
export type Refusal = 'noToken' | 'token' | 'tries' | 'unknown' | number;

export interface Connection {
  readonly retryNow: () => void;
  /** Lost where there is no connection: the page shows that there is none. */
  readonly act: (action: PresenterAction) => void;
  readonly close: () => void;
}

const first = 500;
const longest = 8000;

/** Milliseconds before attempt number `failures` + 1. */
export const backoff = (failures: number): number =>
  Math.min(longest, first * 2 ** Math.max(0, failures - 1));

export function connect(
  token: string,
  heard: (message: PresenterMessage) => void,
  changed: (link: Link) => void,
): Connection {
  let socket: WebSocket | null = null;
  let timer: number | undefined;
  let failures = 0;

  const end = (link: Link): void => {
    const old = socket;
    socket = null;
    old?.close();
    changed(link);
  };
  const open = (): void => {
    clearTimeout(timer);
    // While it is lost, an attempt is not news.
    changed(failures === 0 ? { state: 'connecting' } : { state: 'lost', retryAt: performance.now() });
    const scheme = window.location.protocol === 'https:' ? 'wss:' : 'ws:';
    const current = new WebSocket(`${scheme}//${window.location.host}/present/socket`);
    socket = current;
    current.addEventListener('open', () => current.send(JSON.stringify({ type: 'hello', token })));
    current.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (socket !== current) return;
      const message = read(event.data);
      if (message === null) {
        end({ state: 'refused', reason: 'unknown' });
        return;
      }
      if (message.type === 'hello') {
        failures = 0;
        changed({ state: 'open' });
      }
      heard(message);
    });
    current.addEventListener('close', (event) => {
      if (socket !== current) return;
      socket = null;
      const refusal = refusalFor(event.code);
      if (refusal !== null) {
        changed({ state: 'refused', reason: refusal });
        return;
      }
      failures += 1;
      const wait = backoff(failures);
      timer = window.setTimeout(open, wait);
      changed({ state: 'lost', retryAt: performance.now() + wait });
    });
  };

  open();
  return {
    retryNow: open,
    act: (action) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(action));
    },
    close: () => {
      clearTimeout(timer);
      end({ state: 'connecting' });
    },
  };
}

function read(data: unknown): PresenterMessage | null {
  if (typeof data !== 'string') return null;
  try {
    return presenterMessage.parse(JSON.parse(data));
  } catch {
    return null;
  }
}

/** Why the coordinator closed and would close again; null where another attempt may succeed. */
export function refusalFor(closeCode: number): Refusal | null {
  for (const entry of Object.values(errorRegistry)) {
    if (!('close' in entry) || entry.close !== closeCode || entry.retry) continue;
    if (entry === errorRegistry.PRESENTER_TOKEN_WRONG) return 'token';
    if (entry === errorRegistry.PRESENTER_TRIES) return 'tries';
    return entry === errorRegistry.RUN_FINISHED ? null : closeCode;
  }
  return null;
}
