/**
 * The log-in page. It leads back to where the person came from, if that is a page of this application.
 */
import { useSession, useSignIn } from "@keyturn/react";
import { type ReactElement, type SubmitEvent, useEffect } from "react";

export function LogIn(): ReactElement {
  const { status } = useSession();
  const { run, isPending, error } = useSignIn();
  useEffect(() => {
    if (status === "authenticated") location.replace(wayBack());
  }, [status]);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void run({ identifier: String(form.get("identifier")), password: String(form.get("password")) });
  };
  return (
    <main>
      <h1>Log in</h1>
      <form onSubmit={submit}>
        <label>
          Email or username <input name="identifier" autoComplete="username" required />
        </label>
        <label>
          Password <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" disabled={isPending}>
          Log in
        </button>
        {error && <p role="alert">{error.message}</p>}
      </form>
    </main>
  );
}

/** Only a path of ours: anything else would let a link send people elsewhere after they have signed in. */
function wayBack(): string {
  const back = new URL(new URLSearchParams(location.search).get("return_to") ?? "/", location.origin);
  return back.origin === location.origin ? back.pathname + back.search + back.hash : "/";
}
