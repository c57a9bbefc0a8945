/** `npm run test:process`: the commands themselves, each in processes of its own. */
import { defineConfig } from 'vitest/config';
import unit from './vitest.config.ts';

export default defineConfig({ test: { ...unit.test, include: ['tests/**/*.process.ts'] } });
