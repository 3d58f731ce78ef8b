/** A pad's place in the bar: approved by a store manager, then staff sign in on it by PIN. */

import { useState, type FormEvent } from "react";

import { useSpeech } from "../language";
import { sessions, useIsOpen } from "../session/identities";
import { signOut } from "../session/leaving";
import { signInByPin } from "../session/pad";
import { PadApproval } from "./PadApproval";
import { Popover } from "./Popover";
import { Who } from "./Who";

export function PadAccount() {
  const { say } = useSpeech();
  const isConnected = useIsOpen(sessions.pad);
  const isStaffed = useIsOpen(sessions.padStaff);
  if (!isConnected) {
    return (
      <Popover label={say("connect_pad")} testId="connect-pad">
        {() => <PadApproval />}
      </Popover>
    );
  }
  return (
    <>
      <Who unknown={isStaffed ? "signed_in" : "pad_connected"} />
      {isStaffed ? (
        <button
          type="button"
          className="plain"
          data-testid="sign-out"
          onClick={() => void signOut(sessions.padStaff)}
        >
          {say("sign_out")}
        </button>
      ) : (
        <Popover label={say("pad_staff")} testId="sign-in">
          {(close) => <ByPin done={close} />}
        </Popover>
      )}
      <button
        type="button"
        className="plain"
        data-testid="leave-pad"
        onClick={() => void signOut(sessions.padStaff, sessions.pad)}
      >
        {say("leave_pad")}
      </button>
    </>
  );
}

function ByPin({ done }: { done(): void }) {
  const { say } = useSpeech();
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signInByPin(String(form.get("login")), String(form.get("pin"))).then(
      done,
      (refused: Error) => setProblem(refused.message),
    );
  };
  return (
    <form onSubmit={submit}>
      <input name="login" required autoComplete="off" placeholder={say("login")} />
      <input
        name="pin"
        required
        type="password"
        inputMode="numeric"
        autoComplete="off"
        placeholder={say("pin")}
      />
      <button type="submit" className="primary">
        {say("sign_in")}
      </button>
      {problem !== null && <p role="alert">{problem}</p>}
    </form>
  );
}
