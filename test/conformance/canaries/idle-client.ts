/** A client that does nothing. The suite lets it pass in some scenarios; our judgement must not. */
process.exitCode = 0;
