/**
 * What is known about the person, and what they can change: name and username, email, password; take the data along; leave.
 */
import type { Account as AccountShape } from "@keyturn/client";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { accountQuery } from "../api/queries.ts";
import { Asked } from "../components/Asked/Asked.tsx";
import { Card } from "../components/Card/Card.tsx";
import { PageHead } from "../components/PageHead/PageHead.tsx";
import { Skeleton } from "../components/Skeleton/Skeleton.tsx";
import { useSurroundings } from "../surroundings.tsx";
import { EmailCard, PasswordCard, ProfileCard } from "./account/Changes.tsx";
import { DataCard, LeaveCard } from "./account/Leaving.tsx";

export function Account(): ReactNode {
  const { t, api } = useSurroundings();
  const query = useQuery(accountQuery(api));
  return (
    <>
      <PageHead title={t("account_title")} lead={t("account_page_lead")} />
      <Asked query={query} waiting={<Waiting />}>
        {(account) => <Cards account={account} />}
      </Asked>
    </>
  );
}

function Cards({ account }: { readonly account: AccountShape }): ReactNode {
  const { settings } = useSurroundings();
  return (
    <div className="stack">
      <ProfileCard account={account} />
      {settings.offers.mails && <EmailCard account={account} />}
      <PasswordCard account={account} />
      <DataCard account={account} />
      <LeaveCard />
    </div>
  );
}

function Waiting(): ReactNode {
  return (
    <div className="stack">
      <Card>
        <Skeleton rows={3} height="tall" />
      </Card>
      <Card>
        <Skeleton rows={2} height="tall" />
      </Card>
    </div>
  );
}
