import { describe, expect, test } from 'vitest';
import { createWake, type WakeWindow } from '../src/tab/wake.ts';

class Screen {
  visibilityState: DocumentVisibilityState = 'visible';
  locks = 0;
  refuses = false;
  #changed: () => void = () => undefined;
  #taken: (() => void)[] = [];

  addEventListener(_type: 'visibilitychange', listener: () => void): void {
    this.#changed = listener;
  }
  /** As browsers do: a hidden tab's lock is taken back. */
  show(visible: boolean): void {
    this.visibilityState = visible ? 'visible' : 'hidden';
    if (!visible) for (const gone of this.#taken.splice(0)) gone();
    this.#changed();
  }
  request(): Promise<{
    release(): Promise<void>;
    addEventListener(type: 'release', gone: () => void): void;
  }> {
    if (this.refuses) return Promise.reject(new DOMException('low battery', 'NotAllowedError'));
    this.locks += 1;
    return Promise.resolve({
      release: () => {
        this.locks -= 1;
        return Promise.resolve();
      },
      addEventListener: (_type, gone) => {
        this.#taken.push(() => {
          this.locks -= 1;
          gone();
        });
      },
    });
  }
}

const windowOf = (screen: Screen, wakeLock = true, isSecureContext = true): WakeWindow => ({
  isSecureContext,
  navigator: wakeLock ? { wakeLock: screen } : {},
  document: screen,
});
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the screen', () => {
  test('is kept on while that is wanted', async () => {
    const screen = new Screen();
    const wake = createWake(windowOf(screen));
    expect(wake.state.value).toBe('idle');
    wake.want(true);
    await settled();
    expect([wake.state.value, screen.locks]).toEqual(['held', 1]);
    wake.want(false);
    await settled();
    expect([wake.state.value, screen.locks]).toEqual(['idle', 0]);
  });

  test('is kept on again when the tab is shown again', async () => {
    const screen = new Screen();
    const wake = createWake(windowOf(screen));
    wake.want(true);
    await settled();
    screen.show(false);
    await settled();
    expect([wake.state.value, screen.locks]).toEqual(['idle', 0]);
    screen.show(true);
    await settled();
    expect([wake.state.value, screen.locks]).toEqual(['held', 1]);
  });

  test('is let go where it was granted too late', async () => {
    const screen = new Screen();
    const wake = createWake(windowOf(screen));
    wake.want(true);
    wake.want(false);
    await settled();
    expect([wake.state.value, screen.locks]).toEqual(['idle', 0]);
  });

  test('cannot be kept on over plain http, nor by every browser: the page can say which', () => {
    const plain = createWake(windowOf(new Screen(), false, false));
    plain.want(true);
    expect(plain.state.value).toBe('insecure');
    const old = createWake(windowOf(new Screen(), false, true));
    old.want(true);
    expect(old.state.value).toBe('unsupported');
  });

  test('that the browser refuses to keep on is asked for again when the tab is shown again', async () => {
    const screen = new Screen();
    screen.refuses = true;
    const wake = createWake(windowOf(screen));
    wake.want(true);
    await settled();
    expect(wake.state.value).toBe('refused');
    screen.refuses = false;
    screen.show(true);
    await settled();
    expect(wake.state.value).toBe('held');
  });
});
