//go:build lean

package pid1

// fullScreen: the lean engine has no bootmend console; the menu is plain text.
const fullScreen = false
