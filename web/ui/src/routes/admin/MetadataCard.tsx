/**
 * What administrators keep about an account: a JSON object, which the person does not see.
 */
import { KeyturnError } from "@keyturn/client";
import type { ReactNode } from "react";

import type { AdminUser } from "../../api/api.ts";
import { Card } from "../../components/Card/Card.tsx";
import { Form } from "../../components/Form/Form.tsx";
import { TextArea } from "../../components/TextArea/TextArea.tsx";
import { useToasts } from "../../components/Toast/Toast.tsx";
import { useSubmission } from "../../submission.ts";
import { useSurroundings } from "../../surroundings.tsx";
import { useUserChange } from "./change.ts";

/** In characters; the server counts the bytes of what is written without blanks. */
const LENGTH_MAX = 16_384;

export function MetadataCard({ user }: { readonly user: AdminUser }): ReactNode {
  const { t } = useSurroundings();
  const { say } = useToasts();
  const change = useUserChange(user);
  const written = JSON.stringify(user.metadata, null, 2);
  const submission = useSubmission(async (typed) => {
    const metadata = objectIn(typed("metadata"));
    if (!metadata) throw notAnObject();
    await change.mutateAsync({ metadata });
    say({ words: t("metadata_saved") });
  });
  const notAnObject = (): KeyturnError =>
    new KeyturnError("invalid-fields", { status: 422, fieldErrors: [{ field: "metadata", message: t("metadata_no_object") }] });
  return (
    <Card title={t("metadata_title")} lead={t("metadata_lead")}>
      <Form key={written} submission={submission} submit={t("save")} look="second">
        <TextArea
          name="metadata"
          label={t("metadata_label")}
          defaultValue={written}
          error={submission.wrong("metadata")}
          maxLength={LENGTH_MAX}
          look="code"
        />
      </Form>
    </Card>
  );
}

/** The object that is written there, nothing being written counting as an empty one. */
function objectIn(text: string): Record<string, never> | undefined {
  try {
    const value: unknown = JSON.parse(text.trim() || "{}");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, never>) : undefined;
  } catch {
    return undefined;
  }
}
