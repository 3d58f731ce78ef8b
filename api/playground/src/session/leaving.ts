/** Signing out, and leaving nothing of what was asked and answered to whoever comes next. */

import type { Session } from "./tokens";

/** Where GraphiQL keeps its tabs, its answers and its history. */
const EDITOR = "graphiql:";

/** End sessions one after the other, then begin the page anew with empty editors. */
export async function signOut(...ending: readonly Session[]): Promise<void> {
  for (const session of ending) {
    await session.end();
  }
  // The editors write a moment after a change: only at the end of the page do they write no more.
  addEventListener("pagehide", forgetEditors);
  location.reload();
}

function forgetEditors(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(EDITOR)) {
      sessionStorage.removeItem(key);
    }
  }
}
