// Texts that a page brings, with their {places} filled; figures as Vietnamese writes them.

export const sayer = (texts) => (name, facts = {}) => texts[name].replace(/\{(\w+)\}/g, (_place, fact) => facts[fact]);

const number = (value, decimals) =>
  value.toLocaleString("vi", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

export const size = (bytes) => (bytes >= 1e9 ? `${number(bytes / 1e9, 1)} GB` : bytes < 1e6 ? `${number(bytes / 1e3, 0)} kB` : `${number(bytes / 1e6, 1)} MB`);
