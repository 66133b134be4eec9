/** JSON in one fixed form, so that equal values give equal bytes. */

/** Orders strings by their UTF-16 code units, which no locale changes. */
export const byCodeUnit = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);

/** JSON with the keys of every object in order. `indent` as for JSON.stringify. */
export function canonical(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, part: unknown) =>
      part !== null && typeof part === 'object' && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => byCodeUnit(x, y)))
        : part,
    indent,
  );
}
