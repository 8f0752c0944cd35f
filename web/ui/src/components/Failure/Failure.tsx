/**
 * Why something did not work, and what to do: in our words for each code that people meet, in the server's for the rest.
 */
import type { KeyturnError } from "@keyturn/client";
import type { ReactNode } from "react";

import { useTexts } from "../../surroundings.tsx";
import type { Texts } from "../../texts.ts";
import { Notice } from "../Notice/Notice.tsx";

/** Of which the fields themselves say what is wrong. */
const TOLD_BY_FIELDS = "invalid-fields";

export function Failure({ refusal }: { readonly refusal: KeyturnError | undefined }): ReactNode {
  const t = useTexts();
  if (!refusal) return null;
  return <Notice kind="failure">{wordsFor(refusal, t)}</Notice>;
}

export function wordsFor(refusal: KeyturnError, t: Texts): string {
  switch (refusal.code) {
    case TOLD_BY_FIELDS:
      return t("error_fields");
    case "invalid-credentials":
      return t("error_invalid_credentials");
    case "wrong-password":
      return t("error_wrong_password");
    case "email-taken":
      return t("error_email_taken");
    case "username-taken":
      return t("error_username_taken");
    case "link-invalid":
      return t("error_link_invalid");
    case "sign-up-closed":
      return t("sign_up_closed");
    case "account-not-active":
      return t.forCode("error", refusal.accountState ?? "inactive");
    case "permission-missing":
      return t("error_permission_missing");
    case "last-administrator":
      return t("error_last_administrator");
    case "not-found":
      return t("error_not_found");
    case "too-many-attempts":
      return t("error_too_many_attempts", { wait: t.counted("seconds", Math.max(1, refusal.retryAfter ?? 1)) });
    case "busy":
    case "contended":
    case "store-unavailable":
    case "timed-out":
    case "draining":
      return t("error_busy");
    case "no-answer":
    case "unexpected-answer":
      return t("error_unreachable");
    default:
      return refusal.message || t("error_unknown");
  }
}
