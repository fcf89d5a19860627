/** Names as the program gives them: never corrected, split or recased. */
export interface Couple {
  /** Booking persons as written, primary first. Empty where nobody has a name. */
  readonly names: readonly string[];
}

/** The couple of a summary; blank names are left out. */
export function coupleOf(summary: { names: readonly string[] }): Couple {
  return { names: summary.names.filter((name) => name.trim() !== "") };
}
