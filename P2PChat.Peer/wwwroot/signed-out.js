// On the sign-in page: removes the drafts, which the next user of this browser must not read.

for (const key of Object.keys(localStorage)) {
  if (key.startsWith('draft:')) {
    localStorage.removeItem(key);
  }
}
