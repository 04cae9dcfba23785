// Input methods, by which Chinese, Japanese and Korean are typed.

// In Safari only the key code tells, because the composition has already ended (bugs.webkit.org, 165004).
const inputMethodKey = 229;

/** Whether a key belongs to the input method, such as the Enter that ends a composition. */
export const isForInputMethod = event => event.isComposing || event.keyCode === inputMethodKey;
