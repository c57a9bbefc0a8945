/** The demo: what the source documents describe, and what `npm start` shows. */
export { createDemoService as default } from '../lib/services/demo.ts';
