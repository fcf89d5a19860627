/** Time left, only once the pace is steady. Pure: the caller brings the clock. */
export interface Sample {
  /** Milliseconds, on any clock that only goes forward. */
  at: number;
  done: number;
}

/** Shortest time, in milliseconds, over which a pace means anything. */
const WATCHED = 4_000;
/** How far the two halves of that time may differ. */
const UNEVEN = 1.6;

/** The samples with a new one; those from before a step back (a new phase) or too old to matter are dropped. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.done < last.done) return [sample];
  if (last !== undefined && sample.done === last.done) return samples;
  return [...samples.filter(({ at }) => sample.at - at <= 3 * WATCHED), sample];
}

/** Seconds left, or nothing while the pace is not steady or the total is unknown. */
export function secondsLeft(samples: readonly Sample[], total: number | null): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (total === null || first === undefined || last === undefined || last.at - first.at < WATCHED) return null;
  const middle = samples.find(({ at }) => at - first.at >= (last.at - first.at) / 2);
  if (middle === undefined || middle === last || middle === first) return null;
  const pace = (from: Sample, to: Sample) => (to.done - from.done) / (to.at - from.at);
  const [early, late] = [pace(first, middle), pace(middle, last)];
  if (early <= 0 || late <= 0 || Math.max(early, late) / Math.min(early, late) > UNEVEN) return null;
  return Math.max(0, total - last.done) / pace(first, last) / 1000;
}
