/** `npm run ctl`: what Node compiles is kept for the next call. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./run.ts');
