/** What bounds the work of checking tokens. Times in milliseconds. */
export const bounds = {
  /** How much the clock of an authorization server may differ. */
  clockSkew: 30_000,
  /** The least time between two requests for the keys of an issuer: strangers choose which keys tokens name. */
  keySetPause: 30_000,
  /** The age at which keys are asked for anew: 10 minutes. */
  keySetTime: 600_000,
  /** The age up to which keys are used when they cannot be had anew: a day. */
  keySetStale: 86_400_000,
  /** Keys of one issuer. */
  keySetKeys: 64,
  /** Answers of an introspection endpoint that are kept at the same time. */
  introspections: 1000,
  /** How old a proof may be, and how far ahead of time: 5 minutes. */
  proofTime: 300_000,
  /** Proofs that are remembered at the same time, each for as long as it could be used again. */
  proofs: 100_000,
  /** The same, of one key. */
  proofsPerKey: 10_000,
  /** The age of a nonce at which there is a new one; it is taken for as long again: 2 minutes. */
  nonceTime: 120_000,
  /** Characters of a proof. */
  proofLength: 8192,
  /** Characters of a token. */
  tokenLength: 16_384,
} as const;
