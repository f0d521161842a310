/** Cases of the catalogue that have nothing to run against yet, each with its reason. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  "SEC-47": "needs tasks, which are not there yet",
};
