/** Being a pad: the device authorization grant (RFC 8628), and staff who sign in by PIN on it. */

import { sessions } from "./identities";
import { OAuthProblem, post, type TokenAnswer } from "./tokens";

const CLIENT_ID = "pad";
const SLOWER_SECONDS = 5;

/** What a pad shows while it waits to be approved. */
export interface DeviceRequest {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval?: number;
}

export async function askForApproval(): Promise<DeviceRequest> {
  const form = { client_id: CLIENT_ID, scope: "pad" };
  return (await post("/oauth/device_authorization", form)) as DeviceRequest;
}

/** Ask again and again, as slowly as the mall wishes, until the pad is approved or refused. */
export async function awaitApproval(request: DeviceRequest, signal: AbortSignal): Promise<void> {
  let seconds = request.interval ?? SLOWER_SECONDS;
  const form = {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    client_id: CLIENT_ID,
    device_code: request.device_code,
  };
  for (;;) {
    await pause(seconds, signal);
    try {
      sessions.pad.begin((await post("/oauth/token", form)) as TokenAnswer);
      return;
    } catch (problem) {
      seconds += slower(problem);
    }
  }
}

export async function signInByPin(login: string, pin: string): Promise<void> {
  const form = {
    grant_type: "urn:mall:grant-type:staff-pin",
    client_id: CLIENT_ID,
    device_token: (await sessions.pad.token()) ?? "",
    login,
    pin,
  };
  sessions.padStaff.begin((await post("/oauth/token", form)) as TokenAnswer);
}

/** How many seconds longer to wait after a problem that is none; any other one is raised. */
function slower(problem: unknown): number {
  if (!(problem instanceof OAuthProblem)) {
    // The network was away, which RFC 8628 3.5 wants answered with patience.
    return SLOWER_SECONDS;
  }
  switch (problem.code) {
    case "authorization_pending":
      return 0;
    case "slow_down":
      return SLOWER_SECONDS;
    default:
      if (problem.retryAfterSeconds !== null) {
        return problem.retryAfterSeconds;
      }
      throw problem;
  }
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
