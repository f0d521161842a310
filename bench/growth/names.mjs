/** The name of a tool of the server whose growth is measured. */
export const nameOf = (index) => `echo_${index}`;
