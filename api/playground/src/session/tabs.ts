/**
 * A tab that was duplicated comes with a copy of its tokens. Refresh tokens are good once, so two
 * tabs with the same ones would end each other's session: the copy gives them up.
 */

import { uuid } from "../random";
import { sessions } from "./identities";

const KEPT = "playground.tab";
/** A reloaded page waits for the one before it to go; a copy waits in vain. */
const PATIENCE_MS = 1_000;

/** Make sure that the tokens are this tab's alone, for as long as the page is open. */
export async function claimTab(): Promise<void> {
  const known = sessionStorage.getItem(KEPT);
  if (known !== null && (await held(known))) {
    return;
  }
  if (known !== null) {
    Object.values(sessions).forEach((session) => session.forget());
  }
  const name = uuid();
  sessionStorage.setItem(KEPT, name);
  await held(name);
}

/** Try to hold a tab's lock until the page ends; answers whether it is held. */
function held(name: string): Promise<boolean> {
  return new Promise((answer) => {
    const untilTheEnd = () => {
      answer(true);
      return new Promise<never>(() => undefined);
    };
    navigator.locks
      .request(`playground.tab.${name}`, { signal: AbortSignal.timeout(PATIENCE_MS) }, untilTheEnd)
      .catch(() => answer(false));
  });
}
