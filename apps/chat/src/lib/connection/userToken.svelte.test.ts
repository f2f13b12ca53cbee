import { afterEach, beforeEach, expect, test } from "vitest";
import { nameInToken, takeTokenFromAddress, userToken } from "./userToken.ts";

const here = location.href;
beforeEach(() => sessionStorage.clear());
afterEach(() => {
  history.replaceState(null, "", here);
  delete window.lastbeat;
});

const tokenOf = (payload: object) => {
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  return `e30.${btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")}.sig`;
};

test("WHO2 a token in the address is kept for the tab and gone from the address at once", async () => {
  expect([await userToken(), nameInToken()]).toEqual([null, null]);
  const token = tokenOf({ name: "Zoë" });
  history.replaceState(null, "", `#a=1&token=${token}`);
  takeTokenFromAddress();
  expect(location.hash).toBe("#a=1");
  expect([await userToken(), nameInToken()]).toEqual([token, "Zoë"]);
});

test("WHO3 the page around the chat is asked for a fresh one each time, and again later if it fails", async () => {
  let asked = 0;
  window.lastbeat = { token: async () => `token ${++asked}` };
  expect([await userToken(), await userToken()]).toEqual(["token 1", "token 2"]);
  window.lastbeat = { token: () => Promise.reject(new Error("signed out")) };
  await expect(userToken()).rejects.toThrow("signed out");
  expect(nameInToken()).toBe("you");
});
