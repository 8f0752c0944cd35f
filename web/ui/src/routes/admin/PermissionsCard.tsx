/**
 * What an account may do: give a permission, take one away.
 *
 * The rule: the one that opens the administration is given and taken after a question; the others at once, with a way to undo it.
 */
import { KeyturnError } from "@keyturn/client";
import { useSession } from "@keyturn/react";
import { type ReactNode, useState } from "react";

import { ADMIN, type AdminUser } from "../../api/api.ts";
import { Button } from "../../components/Button/Button.tsx";
import { Card } from "../../components/Card/Card.tsx";
import { Confirming } from "../../components/Confirming/Confirming.tsx";
import { Failure } from "../../components/Failure/Failure.tsx";
import { Field } from "../../components/Field/Field.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { nameOf } from "../../names.ts";
import { useSubmission } from "../../submission.ts";
import { useSurroundings } from "../../surroundings.tsx";
import { useUserChange } from "./change.ts";
import styles from "./PermissionsCard.module.css";

export function PermissionsCard({ user }: { readonly user: AdminUser }): ReactNode {
  const { t } = useSurroundings();
  const { say } = useToasts();
  const [asking, setAsking] = useState<"give" | "take">();
  const change = useUserChange(user);
  const name = nameOf(user);
  const give = async (permission: string): Promise<void> => {
    await change.mutateAsync({ permissions: [...user.permissions, permission] });
    say({ words: t("permission_given", { name, permission }) });
  };
  const take = async (permission: string): Promise<void> => {
    const held = user.permissions;
    await change.mutateAsync({ permissions: held.filter((one) => one !== permission) });
    const undo = (): void => change.mutate({ permissions: held });
    say({ words: t("permission_taken", { name, permission }), ...(permission === ADMIN ? {} : { undo }) });
  };
  const close = (): void => {
    setAsking(undefined);
    change.reset();
  };
  const taking = (permission: string): void => {
    if (permission === ADMIN) setAsking("take");
    else void take(permission).catch(() => undefined);
  };
  return (
    <Card title={t("user_permissions")} lead={t("permissions_lead")}>
      {user.permissions.length === 0 && <p className="soft">{t("permissions_none")}</p>}
      <ul className={styles.held}>
        {user.permissions.map((permission) => (
          <li key={permission} className={styles.permission}>
            <code>{permission}</code>
            <button
              type="button"
              className={styles.take}
              aria-label={t("permission_take", { permission })}
              onClick={() => taking(permission)}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      {change.error && !asking && <Failure refusal={KeyturnError.from(change.error)} />}
      <Give onGive={(permission) => (permission === ADMIN ? setAsking("give") : give(permission))} />
      {asking && (
        <AskAboutAdmin user={user} asking={asking} onYes={() => (asking === "give" ? give(ADMIN) : take(ADMIN))} onClose={close} />
      )}
    </Card>
  );
}

function Give({ onGive }: { readonly onGive: (permission: string) => Promise<void> | void }): ReactNode {
  const { t } = useSurroundings();
  const [typed, setTyped] = useState("");
  const submission = useSubmission(async () => {
    if (typed.trim() === "") return;
    await onGive(typed.trim());
    setTyped("");
  });
  return (
    <form className={styles.give} onSubmit={submission.onSubmit} noValidate>
      <Field
        name="permission"
        label={t("permission_new")}
        error={submission.wrong("permissions")}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
      />
      <Button type="submit" icon="plus" busy={submission.pending}>
        {t("permission_give")}
      </Button>
    </form>
  );
}

interface Asking {
  readonly user: AdminUser;
  readonly asking: "give" | "take";
  readonly onYes: () => Promise<void>;
  readonly onClose: () => void;
}

function AskAboutAdmin({ user, asking, onYes, onClose }: Asking): ReactNode {
  const { t } = useSurroundings();
  const name = nameOf(user);
  const isOwn = useSession().user?.id === user.id;
  const text = asking === "take" && isOwn ? t("admin_take_own") : t(`admin_${asking}_text`, { name });
  return (
    <Confirming
      title={t(`admin_${asking}_title`, { name })}
      text={text}
      submit={t(`admin_${asking}`)}
      onConfirm={onYes}
      onClose={onClose}
    />
  );
}
