/** The columns of the history: heads and rows stand in the same. Named in full, because Tailwind reads the source. */
export const rowColumns =
  "grid-cols-[1rem_minmax(0,1fr)_auto] gap-x-3 lg:grid-cols-[1rem_7rem_minmax(0,11rem)_minmax(0,14rem)_minmax(0,1fr)_5.5rem_5.5rem]";
