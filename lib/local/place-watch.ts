/** Sees when the files of a table are taken away from under the running server: LevelDB would never say. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** How often it is looked, in milliseconds. */
const EVERY_MS = 2_000;

/**
 * Begins to watch the folders of open tables.
 *
 * @param tell Told once of each that is gone, or is another than it was.
 * @returns Ends it.
 */
export function watchPlaces(
  places: readonly string[],
  tell: (problem: string) => void,
): () => void {
  const first = new Map(places.map((place) => [place, inodeOf(place)]));
  const look = async () => {
    for (const [place, before] of first) {
      if ((await inodeOf(place)) === (await before) || !first.delete(place)) continue;
      tell(
        `${place} was taken away under the running server: what it counts from now on is lost at its end; stop it, and put the folder back or start anew`,
      );
    }
  };
  const timer = setInterval(() => void look(), EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** That of the lock, which LevelDB makes once and keeps open; null where there is none. */
async function inodeOf(place: string): Promise<number | null> {
  try {
    return (await stat(join(place, 'LOCK'))).ino;
  } catch {
    return null;
  }
}
