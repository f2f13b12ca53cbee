/** Entry point. Looks at the runtime before it imports anything that an older one could not load. */

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Lastbeat needs Node.js 22.18 or newer; this is ${process.version}. "npm start" brings its own, or install one from nodejs.org.\n`,
  );
  process.exit(1);
}

const { start } = await import("./start.ts");
await start();

// Makes this file a module, without which it may not await.
export {};
