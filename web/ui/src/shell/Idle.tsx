/**
 * Before a session ends for want of activity: how long it has, and a way to stay.
 */
import { useSession } from "@keyturn/react";
import { type ReactNode, useState } from "react";

import { Button } from "../components/Button/Button.tsx";
import { Dialog } from "../components/Dialog/Dialog.tsx";
import { useSurroundings } from "../surroundings.tsx";

export function Idle(): ReactNode {
  const { t, keyturn } = useSurroundings();
  const { idleWarning } = useSession();
  const [staying, setStaying] = useState(false);
  if (!idleWarning) return null;
  const stay = async (): Promise<void> => {
    setStaying(true);
    await keyturn.stay().catch(() => undefined);
    setStaying(false);
  };
  return (
    <Dialog title={t("idle_title")} onClose={() => void stay()}>
      <p>{t("idle_text", { time: t.counted("seconds", idleWarning.endsInSeconds) })}</p>
      <Button look="primary" busy={staying} onClick={() => void stay()}>
        {t("idle_stay")}
      </Button>
    </Dialog>
  );
}
