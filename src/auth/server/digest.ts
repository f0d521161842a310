const utf8: TextEncoder = new TextEncoder();

/** The SHA-256 digest of a text, in base64url. */
export async function digest(text: string): Promise<string> {
  return base64url(await crypto.subtle.digest("SHA-256", utf8.encode(text)));
}

/** Bytes in base64url. */
export function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
