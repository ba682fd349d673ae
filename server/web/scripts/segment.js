// A segment's page: its original and what is aired of it side by side, and where that begins and ends.
import { compare } from "./parts/compare.js";
import { cues } from "./parts/cues.js";

for (const box of document.querySelectorAll(".compare")) compare(box);
for (const form of document.querySelectorAll("form.cues")) cues(form);
