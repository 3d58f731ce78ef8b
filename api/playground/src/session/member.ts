/** Signing in as a member, as the mini-program does: the fake WeChat vouches for somebody. */

import { config } from "../config";
import { sessions } from "./identities";
import { post, type TokenAnswer } from "./tokens";

/** Who has a phone with the fake WeChat. */
export async function people(): Promise<readonly string[]> {
  const answer = await fetch(`${config.wechat}/_control/people`, { credentials: "omit" });
  const told = (await answer.json()) as readonly { readonly name: string }[];
  return told.map((person) => person.name);
}

export async function signInAsMember(person: string): Promise<void> {
  const asked = await fetch(`${config.wechat}/_control/login-codes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ person }),
    credentials: "omit",
  });
  const { code } = (await asked.json()) as { readonly code: string };
  const form = {
    grant_type: "urn:mall:grant-type:wechat-mini-program",
    client_id: "mini-program",
    code,
  };
  sessions.member.begin((await post("/oauth/token", form)) as TokenAnswer);
}
