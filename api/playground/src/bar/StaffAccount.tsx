/** The staff's place in the bar: signing in at the mall's own page, and out. */

import { useSpeech } from "../language";
import { sessions, useIsOpen } from "../session/identities";
import { signOut } from "../session/leaving";
import { beginSignIn } from "../session/staff";
import { Who } from "./Who";

export function StaffAccount() {
  const { say } = useSpeech();
  const isOpen = useIsOpen(sessions.staff);
  if (!isOpen) {
    return (
      <>
        <span className="who nobody">{say("not_signed_in")}</span>
        <button
          type="button"
          className="primary"
          data-testid="sign-in"
          disabled={!isSecureContext}
          title={isSecureContext ? "" : say("insecure")}
          onClick={() => void beginSignIn()}
        >
          {say("sign_in")}
        </button>
      </>
    );
  }
  return (
    <>
      <Who />
      <button
        type="button"
        className="plain"
        data-testid="sign-out"
        onClick={() => void signOut(sessions.staff)}
      >
        {say("sign_out")}
      </button>
    </>
  );
}
