/** The bank: an account by its id, with a table of its own. */
export { createBankService as default } from '../lib/services/bank.ts';
