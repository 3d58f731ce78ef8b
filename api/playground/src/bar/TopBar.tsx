/** The bar above: which mall this is, who acts in it, and in which language. */

import { config } from "../config";
import icon from "../icon.svg";
import { useSpeech, type Language } from "../language";
import { choose, IDENTITIES, useIdentity } from "../session/identities";
import { MemberAccount } from "./MemberAccount";
import { PadAccount } from "./PadAccount";
import { StaffAccount } from "./StaffAccount";

const ACCOUNTS = { staff: StaffAccount, member: MemberAccount, pad: PadAccount } as const;

export function TopBar() {
  const { say } = useSpeech();
  const Account = ACCOUNTS[useIdentity()];
  return (
    <header className="bar">
      <img className="mark" src={icon} alt="" />
      <h1>
        {config.name}
        <small>{say("playground")}</small>
      </h1>
      {config.isDevelopment && <span className="badge">{say("development")}</span>}
      <span className="space" />
      {IDENTITIES.length > 1 && <IdentitySwitch />}
      <Account />
      <LanguageSwitch />
    </header>
  );
}

function IdentitySwitch() {
  const { say } = useSpeech();
  const current = useIdentity();
  return (
    <div className="switch" role="radiogroup" aria-label={say("act_as")}>
      {IDENTITIES.map((each) => (
        <button
          key={each}
          type="button"
          role="radio"
          aria-checked={each === current}
          data-identity={each}
          onClick={() => choose(each)}
        >
          {say(each)}
        </button>
      ))}
    </div>
  );
}

const LANGUAGES: Readonly<Record<Language, string>> = { zh: "中文", en: "English" };

function LanguageSwitch() {
  const { language, choose: speak, say } = useSpeech();
  const other: Language = language === "zh" ? "en" : "zh";
  return (
    <button
      type="button"
      className="plain"
      aria-label={say("language")}
      data-testid="language"
      onClick={() => speak(other)}
    >
      {LANGUAGES[other]}
    </button>
  );
}
