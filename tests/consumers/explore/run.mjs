// The name of a check, the address of an explorer and the program → whether the check holds.
import { argv, exit } from "node:process";
import { leave } from "./harness.mjs";

const TOPICS = ["editing", "picture", "steps", "keys", "units", "links", "safety", "looks", "speed"];

const [, , name, address, program] = argv;
let failure = null;
try {
  const modules = await Promise.all(TOPICS.map((topic) => import(`./${topic}.mjs`)));
  const check = modules.map((module) => module[name]).find(Boolean);
  if (!check) throw new Error(`there is no check ${name}`);
  await check(address, program);
} catch (error) {
  failure = error;
}
await leave();
if (failure) {
  console.error(failure.stack);
  exit(1);
}
console.log("holds");
