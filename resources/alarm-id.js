/** The logical id of a level alarm in the template. */
export function alarmId({ scope, from, to }) {
  const pascal = scope.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first) => first.toUpperCase());
  return `${pascal}Level${from}${to > from ? 'ErrorRate' : 'Recovery'}Alarm`;
}
