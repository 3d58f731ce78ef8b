/** A member's place in the bar: somebody of the fake WeChat opens the mini-program. */

import { useEffect, useState, type FormEvent } from "react";

import { config } from "../config";
import { useSpeech } from "../language";
import { sessions, useIsOpen } from "../session/identities";
import { signOut } from "../session/leaving";
import { people, signInAsMember } from "../session/member";
import { Popover } from "./Popover";
import { Who } from "./Who";

export function MemberAccount() {
  const { say } = useSpeech();
  const isOpen = useIsOpen(sessions.member);
  if (!isOpen) {
    return (
      <Popover label={say("sign_in")} testId="sign-in">
        {(close) => (config.wechat === null ? <p>{say("wechat_missing")}</p> : <Choice done={close} />)}
      </Popover>
    );
  }
  return (
    <>
      <Who />
      <button
        type="button"
        className="plain"
        data-testid="sign-out"
        onClick={() => void signOut(sessions.member)}
      >
        {say("sign_out")}
      </button>
    </>
  );
}

function Choice({ done }: { done(): void }) {
  const { say } = useSpeech();
  const [names, setNames] = useState<readonly string[]>([]);
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    people().then(setNames, () => setProblem(say("wechat_missing")));
  }, [say]);
  const signIn = (person: string) => {
    signInAsMember(person).then(done, (refused: Error) => setProblem(refused.message));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) {
      signIn(name.trim());
    }
  };
  return (
    <form onSubmit={submit}>
      <p>{say("choose_person")}</p>
      <div className="choices">
        {names.map((each) => (
          <button key={each} type="button" data-person={each} onClick={() => signIn(each)}>
            {each}
          </button>
        ))}
      </div>
      <input
        value={name}
        onChange={(event) => setName(event.target.value)}
        placeholder={say("other_person")}
        aria-label={say("other_person")}
      />
      {problem !== null && <p role="alert">{problem}</p>}
    </form>
  );
}
