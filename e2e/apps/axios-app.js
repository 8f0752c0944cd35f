// The single-page application of the refresh-token document, moved to Keyturn by its configuration: where the API is, and what the CSRF
// cookie and header are called. The interceptor is as the document has it: on 401 refresh, retry, or send to the log-in. With `?shared`
// requests that failed together wait for one refresh, and one whose token has been replaced meanwhile is only sent again; without, each
// asks for a refresh of its own. With `?csrf-header` it does as on another host, where the CSRF cookie can't be read: it takes the token
// from the answers.
import axios from "/axios.js";

const query = new URLSearchParams(location.search);
const status = document.querySelector("[role=status]");
let accessToken;
let refreshing;

const api = axios.create({
  baseURL: query.get("api"),
  withCredentials: true,
  withXSRFToken: true,
  xsrfCookieName: query.has("csrf-header") ? undefined : "__Host-keyturn_csrf",
  xsrfHeaderName: "X-CSRF-Token",
});

if (query.has("csrf-header")) {
  api.interceptors.response.use((response) => {
    const token = response.headers["x-csrf-token"];
    if (token) api.defaults.headers["X-CSRF-Token"] = token;
    return response;
  });
}

api.interceptors.request.use((config) => {
  if (accessToken) config.headers.Authorization = `Bearer ${accessToken}`;
  return config;
});

api.interceptors.response.use(undefined, async (error) => {
  const { config, response } = error;
  if (response?.status !== 401 || config.url === "/auth/refresh" || config.retried) throw error;
  config.retried = true;
  try {
    await refreshFor(config);
  } catch (refused) {
    status.innerHTML = 'Your session has expired. Please <a href="#login">log in</a>.';
    throw refused;
  }
  return api(config);
});

async function refreshFor(failed) {
  if (!query.has("shared")) return refreshOnce();
  if (failed.headers.Authorization !== `Bearer ${accessToken}`) return;
  refreshing ??= refreshOnce().finally(() => (refreshing = undefined));
  await refreshing;
}

async function refreshOnce() {
  const { data } = await api.post("/auth/refresh");
  accessToken = data.access_token;
}

document.querySelector("#login").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const { data } = await api.post("/auth/token", new URLSearchParams(new FormData(event.target)));
    accessToken = data.access_token;
    status.textContent = `Hello ${data.email}`;
  } catch (error) {
    status.textContent = error.response.data.error_description;
  }
});

document.querySelector("#load").addEventListener("click", async () => {
  status.textContent = "Loading";
  const asked = Array.from({ length: 10 }, () => api.get("/auth/session"));
  const answers = await Promise.allSettled(asked);
  const signedIn = answers.filter((answer) => answer.value?.data.is_authenticated);
  if (signedIn.length > 0) {
    status.textContent = `${signedIn.length} loaded, generation ${signedIn[0].value.data.session.generation}`;
  }
});

document.querySelector("#logout").addEventListener("click", async () => {
  await api.post("/auth/signout");
  accessToken = undefined;
  status.textContent = "Goodbye";
});

// A reload loses the access token, which is in memory alone: the cookie brings the next.
try {
  if (query.has("csrf-header")) await api.get("/auth/csrf");
  await refreshOnce();
  status.textContent = "Welcome back";
} catch {
  status.textContent = "Please log in";
}
