/**
 * What an account is called where people read it: the name, else what it signs in by, else its id.
 */
interface Named {
  readonly id: string;
  readonly name: string | null;
  readonly username: string | null;
  readonly email: string | null;
}

export function nameOf({ name, username, email, id }: Named): string {
  return name ?? username ?? email ?? id;
}
