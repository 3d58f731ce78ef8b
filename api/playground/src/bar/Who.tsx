/** Who is signed in, with the role and the stores. */

import { useSpeech } from "../language";
import { useViewer } from "../session/viewer";
import { ROLES } from "../words";

export function Who() {
  const { say } = useSpeech();
  const viewer = useViewer();
  if (viewer === null) {
    return <span className="who">{say("signed_in")}</span>;
  }
  const role = viewer.role === null ? null : (ROLES[viewer.role] ?? null);
  return (
    <span className="who" data-testid="who" title={viewer.stores.join(" · ")}>
      <strong>{viewer.name}</strong>
      {viewer.role !== null && <small>{role === null ? viewer.role : say(role)}</small>}
    </span>
  );
}
