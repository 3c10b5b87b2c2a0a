/** The way a reader stops: one finding, and nothing left to read. */
import type { Finding } from "./finding.ts";

/** A finding after which there is nothing left to read. */
export class Refusal extends Error {
  readonly finding: Finding;
  constructor(finding: Finding) {
    super(finding.text);
    this.finding = finding;
  }
}
