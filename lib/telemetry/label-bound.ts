/** A bound on the values of a label: each further one is `other`, or a monitor's memory would grow with what comes. */

/** Values of one label. */
const MOST = 100;

/** What stands for the values beyond the bound. */
const OTHER = 'other';

/** Knows the values that each label has had. */
export class LabelBound {
  readonly #values = new Map<string, Set<string>>();

  /** The value itself, one of the first 100 of its label, else `other`. */
  value(label: string, value: string): string {
    const values = this.#values.get(label) ?? new Set();
    this.#values.set(label, values);
    if (!values.has(value) && values.size >= MOST) return OTHER;
    values.add(value);
    return value;
  }
}
