/**
 * What was asked of the server: its shape while it is on its way, what failed with a way to try again, or what came.
 */
import { KeyturnError } from "@keyturn/client";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { useTexts } from "../../surroundings.tsx";
import { Button } from "../Button/Button.tsx";
import { Failure } from "../Failure/Failure.tsx";
import styles from "./Asked.module.css";

interface Props<Data> {
  readonly query: UseQueryResult<Data>;
  readonly waiting: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

export function Asked<Data>({ query, waiting, children }: Props<Data>): ReactNode {
  const t = useTexts();
  if (query.data !== undefined) return children(query.data);
  if (!query.isError) return waiting;
  return (
    <div className={styles.failed}>
      <Failure refusal={KeyturnError.from(query.error)} />
      <Button icon="undo" busy={query.isFetching} onClick={() => void query.refetch()}>
        {t("try_again")}
      </Button>
    </div>
  );
}
