/**
 * The end of a list that goes on: the next rows are put below those that are there.
 */
import { KeyturnError } from "@keyturn/client";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { useTexts } from "../../surroundings.tsx";
import { Button } from "../Button/Button.tsx";
import { Failure } from "../Failure/Failure.tsx";

interface Props {
  readonly query: Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "isFetchNextPageError" | "fetchNextPage" | "error">;
}

export function More({ query }: Props): ReactNode {
  const t = useTexts();
  if (!query.hasNextPage) return null;
  return (
    <div className="actions foot">
      {query.isFetchNextPageError && <Failure refusal={KeyturnError.from(query.error)} />}
      <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {t("more")}
      </Button>
    </div>
  );
}
