package demo

// Edition grows whenever the same seed gives other rows than before: what was
// built by an older edition is not served as if it were of this one.
const Edition = 4
