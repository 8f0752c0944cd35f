/**
 * The client, and the axios instance that the application uses. There is no interceptor to write and no token to keep.
 */
import { createKeyturn } from "@keyturn/client";
import { attachKeyturn } from "@keyturn/client/axios";
import axios from "axios";

export const keyturn = createKeyturn({ delivery: "hybrid", signInUrl: "/login" });

export const api = axios.create();
attachKeyturn(api, keyturn);
