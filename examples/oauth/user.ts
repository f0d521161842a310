// Somebody with a browser, played: she opens a URL, and fills in the form that she finds there.

/** A real program gives the URL to the browser, as an argument of `open`, `xdg-open` or `start`; never to a shell. */
export async function logIn(url: URL, user: string, password: string): Promise<void> {
  const form = await fetch(url);
  if (!(await form.text()).includes('name="password"')) throw new Error("There is no form to log in");
  // The browser follows where the form leads: back to the program that waits.
  const end = await fetch(url, { method: "POST", body: new URLSearchParams({ user, password }) });
  if (!end.ok) throw new Error(`The browser shows an error: status ${end.status}`);
  console.log(`  She reads: ${(await end.text()).trim()}`);
}
