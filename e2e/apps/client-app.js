// A page around `@keyturn/client` as it is published. What happens is driven by the test, through `window.keyturn`; the page shows its
// state. Its query says where the API is, and the options.
import { accountOf } from "/client/account.js";
import { createKeyturn } from "/client/index.js";

const query = new URLSearchParams(location.search);
const keyturn = createKeyturn({
  baseUrl: query.get("api") ?? location.origin,
  delivery: query.get("delivery") ?? "cookie",
});

const status = document.querySelector("[role=status]");
const show = () => {
  const { status: state, user, reason, idleWarning } = keyturn.getSnapshot();
  const words = [state, user?.email, reason, idleWarning && `ends in ${idleWarning.endsInSeconds} s`];
  status.textContent = words.filter(Boolean).join(", ");
};
keyturn.subscribe(show);
show();

window.keyturn = keyturn;
window.account = accountOf(keyturn);
keyturn.start();
