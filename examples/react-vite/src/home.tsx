/**
 * What people see who are signed in; what they see when their session has expired; and who is not signed in.
 */
import type { SessionPage } from "@keyturn/client";
import { IdleWarning, SessionExpired, SignedIn, SignedOut, useKeyturn, useSession, useSignOut } from "@keyturn/react";
import { type ReactElement, useState } from "react";

import { api } from "./api.ts";

export function Home(): ReactElement {
  const { status } = useSession();
  const keyturn = useKeyturn();
  return (
    <main>
      <h1>My sessions</h1>
      <SessionExpired>
        {(_reason, link) => (
          <>
            Your session has expired. Please <a href={link}>log in</a>.
          </>
        )}
      </SessionExpired>
      <SignedOut>{status === "expired" ? null : <a href={keyturn.signInLink()}>Log in</a>}</SignedOut>
      <SignedIn>{(user) => <Sessions email={user.email ?? user.id} />}</SignedIn>
      <IdleWarning />
    </main>
  );
}

function Sessions({ email }: { readonly email: string }): ReactElement {
  const { run: signOut } = useSignOut();
  const [page, setPage] = useState<SessionPage>();
  const [failure, setFailure] = useState<string>();
  const load = async (): Promise<void> => {
    try {
      // Ten at once, as pages do: however many meet an expired token, there is one refresh.
      const answers = await Promise.all(Array.from({ length: 10 }, () => api.get<SessionPage>("/auth/sessions")));
      setPage(answers[0]?.data);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : "It did not work.");
    }
  };
  return (
    <>
      <p role="status">Hello {email}</p>
      <button type="button" onClick={() => void load()}>
        Load
      </button>
      <button type="button" onClick={() => void signOut()}>
        Log out
      </button>
      {failure && <p role="alert">{failure}</p>}
      {page && (
        <ul>
          {page.items.map((session) => (
            <li key={session.id}>
              Since {session.session_start}, generation {session.generation}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
