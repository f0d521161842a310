/** Methods that a test's own extension adds, each with the parameter that is its `Mcp-Name`. */
export const extensionMethods: Map<string, string | undefined> = new Map();
