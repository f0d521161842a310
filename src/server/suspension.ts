/** With this the promise of a question rejects whose answer comes with a later round. It is no error, and has no stack. */
export const SUSPENSION: object = Object.freeze({
  name: "Suspension",
  message: "No failure: the answer comes when the handler runs again",
});

/** Marks a promise as looked after, so that one that nobody awaits cannot end the process. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
