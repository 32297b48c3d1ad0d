// Plain TypeScript in components is stripped by Svelte itself; no preprocessor.
export default {}
