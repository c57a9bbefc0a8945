/** The chance and the pauses of a simulated service: the only ones outside the breaker and the laptop. */
import type { Chance } from '../services/bank-simulation.ts';

/** The chance of this machine. */
export const systemChance: Chance = {
  random: () => Math.random(),
  async pause(ms) {
    await new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
  },
};
