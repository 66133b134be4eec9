/** Until when a test says something. */

const months = 18;

/** 18 calendar months after a time, both in UTC as ISO 8601; where that month is shorter, its last day. */
export function staleAfter(testedAt: string): string {
  const at = new Date(testedAt);
  const day = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCMonth(at.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  at.setUTCDate(Math.min(day, lastDay));
  return at.toISOString();
}
