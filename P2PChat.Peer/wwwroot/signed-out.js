// On the sign-in page: what the user has begun to write is not for the next one who uses this browser.

for (const key of Object.keys(localStorage)) {
  if (key.startsWith('draft:')) {
    localStorage.removeItem(key);
  }
}
