//go:build !lean

package pid1

// fullScreen: the engine has bootmend console.
const fullScreen = true
