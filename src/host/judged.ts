/** What is said of a value: why it will not do, and what helps. The value itself is never told. */

export interface Judged {
  /** "" where nothing is wrong. */
  readonly why: string;
  readonly hint: string;
}
export const FINE: Judged = { why: "", hint: "" };

export function wrong(why: string, hint = ""): Judged {
  return { why, hint };
}
