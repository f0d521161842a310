const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Whether a text is made of the characters of a {@link randomText}. */
export function isRandomText(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Letters without regard to case, then digits.
    const letter = code | 32;
    if ((letter >= 97 && letter <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95) continue;
    return false;
  }
  return true;
}

/** A text that nobody can guess, of visible ASCII: six bits of a secure source of chance for each character. */
export function randomText(length: number): string {
  let text = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(length))) text += ALPHABET[byte & 63];
  return text;
}
