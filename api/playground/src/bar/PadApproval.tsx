/** What a pad shows until somebody has approved it: its code, as text and to be scanned. */

import encode from "qrcode-generator";
import { useEffect, useMemo, useState } from "react";

import { useSpeech } from "../language";
import { askForApproval, awaitApproval, type DeviceRequest } from "../session/pad";
import { OAuthProblem } from "../session/tokens";
import type { Word } from "../words";

const PROBLEMS: Readonly<Record<string, Word>> = {
  expired_token: "pad_expired",
  access_denied: "pad_denied",
};

export function PadApproval() {
  const { say } = useSpeech();
  const [request, setRequest] = useState<DeviceRequest | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    const leaving = new AbortController();
    const connect = async () => {
      const asked = await askForApproval();
      if (!leaving.signal.aborted) {
        setRequest(asked);
        await awaitApproval(asked, leaving.signal);
      }
    };
    connect().catch((refused: unknown) => leaving.signal.aborted || setProblem(refused));
    return () => leaving.abort();
  }, []);
  if (problem !== null) {
    const word = problem instanceof OAuthProblem ? PROBLEMS[problem.code] : undefined;
    return <p role="alert">{word ? say(word) : String((problem as Error).message)}</p>;
  }
  if (request === null) {
    return null;
  }
  return (
    <div className="approval">
      <p>{say("pad_code")}</p>
      <Scanned address={request.verification_uri_complete} />
      <output data-testid="user-code">{request.user_code}</output>
      <a
        href={request.verification_uri_complete}
        target="_blank"
        rel="noopener"
        data-testid="approve"
      >
        {say("open_approval")}
      </a>
      <small>{say("waiting")}</small>
    </div>
  );
}

/** An address as a QR code, drawn here: no service learns of it. */
function Scanned({ address }: { readonly address: string }) {
  const path = useMemo(() => {
    const code = encode(0, "M");
    code.addData(address);
    code.make();
    const size = code.getModuleCount();
    let drawn = "";
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1) {
        drawn += code.isDark(row, column) ? `M${column} ${row}h1v1h-1z` : "";
      }
    }
    return { drawn, size };
  }, [address]);
  const margin = 2;
  const side = path.size + 2 * margin;
  return (
    <svg className="code" viewBox={`${-margin} ${-margin} ${side} ${side}`} role="img">
      <title>QR</title>
      <rect x={-margin} y={-margin} width={side} height={side} fill="#fff" />
      <path d={path.drawn} fill="#000" />
    </svg>
  );
}
