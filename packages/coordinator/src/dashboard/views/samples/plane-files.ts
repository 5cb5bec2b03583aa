/** What sheets of 2-D data show, fetched when they are looked at, the latest kept. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { planeFile, sheetUrls, type PlaneFile } from '@gantry/shared';

/** Of some 50 KB each. */
const mostKept = 100;
const kept = new Map<number, Promise<PlaneFile | null>>();

/** null: there is none, as in runs from before there were such files; or it could not be had, and is tried again next time. */
export function fetchPlane(iteration: number): Promise<PlaneFile | null> {
  const known = kept.get(iteration);
  if (known !== undefined) return known;
  const found = request(iteration);
  kept.set(iteration, found);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return found;
}

async function request(iteration: number): Promise<PlaneFile | null> {
  try {
    const answer = await fetch(sheetUrls(iteration).plane);
    if (answer.ok) return planeFile.parse(await answer.json());
  } catch {
    // As where there is none.
  }
  kept.delete(iteration);
  return null;
}

/** The plane of a sheet; until it is there, the one before, and null where it is not to be had. */
export function usePlane(iteration: number | undefined): PlaneFile | null {
  const shown = useSignal<PlaneFile | null>(null);
  useEffect(() => {
    if (iteration === undefined) return;
    let wanted = true;
    const show = async (): Promise<void> => {
      const plane = await fetchPlane(iteration);
      if (wanted) shown.value = plane;
    };
    void show();
    return () => {
      wanted = false;
    };
  }, [iteration, shown]);
  return shown.value;
}
