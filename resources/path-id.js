/** Paths of the API as the framework names the resources that it makes of them. */
import { isGreedy, isParameter, nameOf, segmentsOf } from '../lib/runtime/routes.ts';

/** What stands in the logical ids of a path's resource and methods. */
export function pathId(path) {
  const parts = segmentsOf(path).map((segment) => {
    const words = nameOf(segment)
      .replaceAll('-', 'Dash')
      .replaceAll('_', 'Underscore')
      .replaceAll('.', 'Dot')
      .replaceAll(':', 'Colon')
      .replaceAll('~', 'Tilde');
    const name = words.charAt(0).toUpperCase() + words.slice(1);
    return isParameter(segment) ? `${name}${isGreedy(segment) ? 'Greedy' : ''}Var` : name;
  });
  return parts.join('');
}
