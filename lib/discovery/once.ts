/** What is opened by its first use: once, and again only if that failed. */
import type { CloudMap } from './cloud-map.ts';

/** Gives what open gives, the same from then on. */
export function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | null = null;
  return async () => {
    opened ??= open();
    try {
      return await opened;
    } catch (error) {
      opened = null;
      throw error;
    }
  };
}

/** AWS Cloud Map; the AWS SDK is loaded by its first use. */
export async function sdkCloudMap(): Promise<CloudMap> {
  const { openCloudMap } = await import('./sdk-cloud-map.ts');
  return openCloudMap();
}
