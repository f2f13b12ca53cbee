// One page for every address, drawn in the browser: everything on it lives in the connection.
export const ssr = false;
export const prerender = false;
