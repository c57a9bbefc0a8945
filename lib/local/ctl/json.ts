/** JSON for a program, which a terminal may show too. */

/** On one line; every mark that a terminal obeys is escaped. */
export function asJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (mark) =>
    Array.from(
      { length: mark.length },
      (_, unit) => String.raw`\u${mark.charCodeAt(unit).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
