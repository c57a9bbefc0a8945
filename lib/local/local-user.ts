/** Who works on this machine, as far as the machine knows. */
import { hostname, userInfo } from 'node:os';

/** The user and the machine, for example `ana@laptop`; a process without an account has its number. */
export function localUser(): string {
  return `${accountName()}@${hostname()}`;
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no account has.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
